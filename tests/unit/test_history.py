from revrx_operator.history import KEPT, History, remember
from revrx_operator.model import GroupReading, QueueLoad, Reason

NOW = 1_700_000_000.0


def decided(history: History, replicas: int, code: str, message: str = "", at: float = NOW) -> History:
    readings = {"worker": GroupReading(QueueLoad(waiting=replicas * 8))}
    return remember(history, at, {"worker": (replicas, Reason(code, message))}, readings)


def test_a_decision_is_remembered_with_what_it_was_made_from() -> None:
    history = decided(decided({}, 0, "Idle"), 3, "QueueDepth", "24 waiting", at=NOW + 7)

    first, second = history["worker"].past
    assert (first.previous, first.replicas) == (None, 0)
    assert (second.at, second.previous, second.replicas) == (NOW + 7, 0, 3)
    assert second.reason == Reason("QueueDepth", "24 waiting")
    assert second.reading == GroupReading(QueueLoad(waiting=24))


def test_another_sentence_alone_is_no_other_decision() -> None:
    history = decided(decided({}, 3, "QueueDepth", "24 waiting"), 3, "QueueDepth", "23 waiting")

    assert len(history["worker"].past) == 1
    assert history["worker"].reason.message == "23 waiting"


def test_another_reason_for_the_same_replicas_is_remembered() -> None:
    history = decided(decided({}, 3, "QueueDepth"), 3, "Stabilizing")

    assert [past.reason.code for past in history["worker"].past] == ["QueueDepth", "Stabilizing"]
    assert history["worker"].times == {"QueueDepth": 1, "Stabilizing": 1}


def test_only_the_last_decisions_are_kept_and_all_are_counted() -> None:
    history: History = {}
    for number in range(3 * KEPT):
        history = decided(history, number, "QueueDepth")

    assert [past.replicas for past in history["worker"].past] == list(range(2 * KEPT, 3 * KEPT))
    assert history["worker"].times == {"QueueDepth": 3 * KEPT}


def test_a_group_that_is_no_more_is_forgotten() -> None:
    assert remember(decided({}, 3, "QueueDepth"), NOW, {}, {}) == {}
