from revrx_operator.observe.ages import Message, WaitingSince, parse_messages

NOW = 1_000_000.0


def since(*messages: Message, now: float = NOW, ages: WaitingSince | None = None) -> float | None:
    return (ages or WaitingSince()).of({"reports": messages}, now).get("reports")


def test_a_stamped_message_waits_since_it_was_sent() -> None:
    assert since(Message("a", NOW - 30, None)) == NOW - 30


def test_a_stamp_of_a_clock_that_runs_ahead_counts_as_now() -> None:
    assert since(Message("a", NOW + 30, None)) == NOW


def test_a_message_whose_eta_lies_ahead_does_not_wait() -> None:
    assert since(Message("a", NOW - 30, NOW + 1)) is None


def test_a_message_whose_eta_has_come_waits_since_then() -> None:
    assert since(Message("a", NOW - 30, NOW - 10)) == NOW - 10


def test_the_message_behind_those_that_wait_for_their_eta_counts() -> None:
    assert since(Message("a", NOW - 30, NOW + 60), Message("b", NOW - 20, None)) == NOW - 20


def test_a_retry_whose_eta_has_come_is_not_the_oldest_because_it_is_last() -> None:
    assert since(Message("a", NOW - 300, NOW - 5), Message("b", NOW - 20, None)) == NOW - 20


def test_an_unstamped_message_is_at_least_as_old_as_it_was_seen() -> None:
    ages = WaitingSince()

    assert since(Message("a", None, None), ages=ages) == NOW
    assert since(Message("a", None, None), now=NOW + 10, ages=ages) == NOW


def test_another_unstamped_message_is_young_again() -> None:
    ages = WaitingSince()
    since(Message("a", None, None), ages=ages)

    assert since(Message("b", None, None), now=NOW + 10, ages=ages) == NOW + 10


def test_a_message_that_was_away_meanwhile_is_forgotten() -> None:
    ages = WaitingSince()
    since(Message("a", None, None), ages=ages)
    since(Message("b", None, None), now=NOW + 10, ages=ages)

    assert since(Message("a", None, None), now=NOW + 20, ages=ages) == NOW + 20


def test_lists_of_one_redis_are_told_apart() -> None:
    tails = {"reports": [Message("a", NOW - 1, None)], "urgent": [Message("a", NOW - 2, None)], "later": []}

    assert WaitingSince().of(tails, NOW) == {"reports": NOW - 1, "urgent": NOW - 2}


def test_what_the_script_returns_is_read() -> None:
    first, second = [b"a", b"1000000.25", b"null"], [b"b", b"", b"2026-11-22T17:05:00+01:00"]
    third = [b"c", b"1e400", b"2026-11-22T16:05:00"]
    moment = 1795363500.0

    assert parse_messages([*first, *second, *third]) == (
        Message("a", 1000000.25, None),
        Message("b", None, moment),
        Message("c", None, moment),
    )


def test_a_stamp_or_an_eta_that_is_none_counts_as_none() -> None:
    assert parse_messages([b"a", b"nan", b"tomorrow"]) == (Message("a", None, None),)
