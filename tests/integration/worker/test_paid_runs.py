"""Whole runs of reports whose engine calls a paid API: what is put off, given up and paid for."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, func, select

from app import claims, runs
from app.database import database_now, engine
from app.engines.api import HeldBack
from app.limit import limit_of
from app.report import VERSION, Report, StoredAnswer
from app.runs import Outcome, Surroundings, run_report
from app.settings import settings
from app.sweep import sweep
from tests.fixtures.paid_api import PaidApi, Refuses, Unfit, running_paid_api
from tests.integration.worker.paid import paid_engine, text_of
from tests.integration.worker.processes import row
from tests.integration.worker.rows import changed, lease_expires, stored, time_has_come

NO_MESSAGES = 0
NAMES = ("Anna", "Berta", "Clara")
TEXT = text_of(*NAMES)
THROTTLED = Refuses(429, retry_after="30")


@pytest.fixture(scope="module")
def server() -> Iterator[PaidApi]:
    with running_paid_api() as api:
        yield api


@pytest.fixture
def api(server: PaidApi, database: str) -> Iterator[PaidApi]:
    """The API of an engine that this process has, with nothing asked yet."""
    server.forget()
    with paid_engine("openai", server):
        yield server
    server.behave()


def paid_for(api: PaidApi) -> Counter[str]:
    """How often each part was paid for."""
    return Counter({text.split()[0]: times for (_, text), times in api.paid().items()})


def seconds_off(report_id: str) -> float:
    """How long a report is put off for, from now."""
    with engine().connect() as connection:
        return float(connection.scalar(select(Report.resend_at - database_now()).where(Report.id == report_id)) or 0)


def answers_of(report_id: str) -> int:
    with engine().connect() as connection:
        counted = select(func.count()).where(StoredAnswer.report_id == report_id)
        return connection.scalar(counted) or 0


def run_again(report_id: str) -> Outcome:
    time_has_come(report_id)
    return run_report(report_id)


def test_a_report_is_read_paid_for_once_and_its_cost_stands_on_the_row(api: PaidApi) -> None:
    stored("a", body=TEXT.encode())

    assert run_report("a") is Outcome.COMPLETED

    told = row("a")
    assert paid_for(api) == Counter(NAMES)
    assert told["result"]["summary"] == "It begins with Anna. It begins with Berta. It begins with Clara."
    assert (told["api_calls"], told["output_tokens"]) == (3, 150)
    assert told["input_tokens"] > len(TEXT) // 4
    assert told["cost_micros"] == pytest.approx(told["input_tokens"] * 0.25 + told["output_tokens"] * 2, abs=3)
    assert (told["percent"], told["stage"], told["attempts"], told["retries"]) == (100, None, 0, 0)


def test_a_report_that_is_turned_away_waits_as_long_as_it_is_asked_to_and_pays_only_for_what_is_missing(
    api: PaidApi,
) -> None:
    api.misbehave(THROTTLED, about="Berta", times=1)
    stored("a", body=TEXT.encode())

    assert run_report("a") is Outcome.PUT_OFF
    told = row("a")
    assert (told["state"], told["error_code"], told["attempts"], told["retries"]) == ("waiting", "api_throttled", 0, 1)
    assert "429" in told["error_message"]
    assert 30 + 2 <= seconds_off("a") <= 30 + 5
    assert paid_for(api) == Counter(["Anna"])

    limit_of.cache_clear()  # the block is over
    assert run_again("a") is Outcome.COMPLETED
    assert paid_for(api) == Counter(NAMES)
    assert (row("a")["attempts"], row("a")["error_code"], row("a")["api_calls"]) == (0, None, 3)


def test_a_report_that_was_put_off_is_claimed_by_nobody_before_its_time(api: PaidApi) -> None:
    api.misbehave(THROTTLED, times=1)
    stored("a")
    run_report("a")

    assert run_report("a") is Outcome.NOT_CLAIMED
    assert sweep(NO_MESSAGES) == []
    assert len(api.asked()) == 1


def test_a_sweep_sends_a_report_that_was_put_off_when_its_time_has_come(api: PaidApi) -> None:
    api.misbehave(THROTTLED, times=1)
    stored("a")
    run_report("a")
    time_has_come("a")

    assert sweep(NO_MESSAGES) == ["a"]
    assert row("a")["state"] == "queued"
    assert sweep(NO_MESSAGES) == []
    limit_of.cache_clear()
    assert run_report("a") is Outcome.COMPLETED


def test_while_an_api_is_blocked_no_report_asks_it(api: PaidApi) -> None:
    api.misbehave(THROTTLED, times=1)
    stored("a", "b")

    assert [run_report("a"), run_report("b")] == [Outcome.PUT_OFF] * 2
    assert len(api.asked()) == 1
    assert (row("b")["error_code"], row("b")["retries"]) == ("api_throttled", 0)
    assert 29 <= seconds_off("b") <= 35


def test_whoever_wants_to_hear_of_it_hears_of_what_is_turned_away_and_of_progress(api: PaidApi) -> None:
    heard: list[str] = []
    surroundings = Surroundings(
        on_progress=lambda stage, percent: heard.append(f"{stage} {percent}"),
        on_throttled=lambda: heard.append("throttled"),
    )
    api.misbehave(THROTTLED, times=1)
    stored("a")

    run_report("a", surroundings)

    assert heard == ["asking 0", "throttled"]


def test_a_report_is_given_up_when_it_was_put_off_too_often_in_a_row(
    api: PaidApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.misbehave(Refuses(503, retry_after="1"))
    stored("a")

    with paid_engine("openai", api, REPORT_MAX_RETRIES="2"):
        outcomes = [run_report("a"), run_again("a"), run_again("a")]

    assert outcomes == [Outcome.PUT_OFF, Outcome.PUT_OFF, Outcome.FAILED]
    assert (row("a")["state"], row("a")["error_code"]) == ("failed", "api_unavailable")
    assert "503" in row("a")["error_message"]


def test_a_new_answer_begins_the_count_anew(api: PaidApi) -> None:
    stored("a", body=TEXT.encode())
    api.misbehave(Refuses(503, retry_after="1"), about="Anna", times=2)
    api.misbehave(Refuses(503, retry_after="1"), about="Berta", times=2)

    retries = []
    for _ in range(4):
        assert run_again("a") is Outcome.PUT_OFF
        retries.append(row("a")["retries"])

    assert retries == [1, 2, 1, 2]
    assert run_again("a") is Outcome.COMPLETED
    assert paid_for(api) == Counter(NAMES)


def test_what_our_own_limit_holds_back_is_never_given_up(api: PaidApi, monkeypatch: pytest.MonkeyPatch) -> None:
    with paid_engine("openai", api, REPORT_MAX_RETRIES="1"):
        limit_of("openai").block(600)
        stored("a")
        outcomes = [run_again("a") for _ in range(5)]

    assert outcomes == [Outcome.PUT_OFF] * 5
    assert (row("a")["retries"], row("a")["attempts"], row("a")["error_code"]) == (0, 0, HeldBack.code)
    assert api.asked() == []


def test_an_answer_of_no_use_is_charged_and_asked_for_so_often_at_most(api: PaidApi) -> None:
    api.misbehave(Unfit(), about="Berta")
    stored("a", body=TEXT.encode())

    outcomes = [run_again("a") for _ in range(5)]

    # The first run brought an answer, so it was no waste; then come REPORT_MAX_ATTEMPTS that were.
    assert outcomes == [*[Outcome.PUT_OFF] * 3, Outcome.FAILED, Outcome.NOT_CLAIMED]
    assert paid_for(api) == Counter({"Anna": 1, "Berta": 4})
    told = row("a")
    assert (told["error_code"], told["api_calls"], told["attempts"]) == ("api_unusable", 5, 3)
    assert told["output_tokens"] == 5 * 50


def test_a_key_that_is_not_accepted_fails_a_report_at_once_and_names_the_variable(api: PaidApi) -> None:
    api.misbehave(Refuses(401))
    stored("a")

    assert run_report("a") is Outcome.FAILED
    assert (row("a")["error_code"], row("a")["api_calls"]) == ("api_rejected", 0)
    assert row("a")["error_message"].startswith("check OPENAI_API_KEY: ")


def test_a_run_that_is_out_of_time_goes_on_later_if_it_has_brought_anything(
    api: PaidApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored("a", body=TEXT.encode())
    with monkeypatch.context() as patch:
        patch.setattr(runs, "TIME_SHARE", 1.4 / 240)  # a request is begun with a second left
        patch.setattr(api, "latency", 0.6)
        outcome = run_report("a")

    assert outcome is Outcome.PUT_OFF
    assert paid_for(api) == Counter(["Anna"])
    told = row("a")
    assert (told["state"], told["error_code"], told["attempts"], told["retries"]) == ("waiting", "time_limit", 0, 0)
    assert seconds_off("a") <= 0
    assert run_report("a") is Outcome.COMPLETED
    assert paid_for(api) == Counter(NAMES)


def test_a_run_that_is_out_of_time_and_has_brought_nothing_fails(api: PaidApi, monkeypatch: pytest.MonkeyPatch) -> None:
    stored("a")
    monkeypatch.setattr(runs, "TIME_SHARE", 0.5 / 240)

    assert run_report("a") is Outcome.FAILED
    assert (row("a")["error_code"], row("a")["error_message"]) == ("time_limit", "not read within 240 s")
    assert api.asked() == []


def test_a_process_that_is_told_to_stop_hands_back_what_it_runs(api: PaidApi) -> None:
    stored("a", body=TEXT.encode())

    outcome = run_report("a", Surroundings(stopping=lambda: len(api.asked()) == 2))

    assert outcome is Outcome.PUT_OFF
    assert (row("a")["state"], row("a")["error_code"], row("a")["attempts"]) == ("waiting", "stopped", 0)
    assert run_report("a") is Outcome.COMPLETED
    assert paid_for(api) == Counter(NAMES)


def test_a_run_that_takes_over_from_a_dead_one_pays_only_for_what_is_missing(api: PaidApi) -> None:
    stored("a", body=TEXT.encode())

    with pytest.raises(KeyboardInterrupt):
        run_report("a", Surroundings(stopping=killed_after(api, 2)))
    lease_expires("a")

    assert run_report("a") is Outcome.COMPLETED
    assert paid_for(api) == Counter(NAMES)


def test_a_report_is_not_given_up_while_each_killed_run_brings_an_answer(
    api: PaidApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORT_MAX_ATTEMPTS", "2")
    settings.cache_clear()
    stored("a", body=TEXT.encode())

    for answers in range(1, len(NAMES)):
        with pytest.raises(KeyboardInterrupt):
            run_report("a", Surroundings(stopping=killed_after(api, answers)))
        assert row("a")["attempts"] == 0
        lease_expires("a")
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run_report("a", Surroundings(stopping=killed_after(api, 0)))
        lease_expires("a")

    assert row("a")["attempts"] == 2
    assert run_report("a") is Outcome.NOT_CLAIMED


def killed_after(api: PaidApi, answers: int) -> Callable[[], bool]:
    """Ends the run, as a SIGKILL would, once the API was asked so often."""

    def killed() -> bool:
        if len(api.asked()) >= answers:
            raise KeyboardInterrupt
        return False

    return killed


def test_an_answer_is_stored_whatever_characters_are_in_it(api: PaidApi) -> None:
    """PostgreSQL takes no NUL, and what is not stored would be paid for once more."""
    stored("a", body=b"Anna\x00coughs persistently.")

    assert run_report("a") is Outcome.COMPLETED
    assert row("a")["result"]["summary"] == "It begins with Anna coughs."
    assert answers_of("a") == 1


def test_a_report_takes_its_answers_with_it_when_it_is_deleted(api: PaidApi) -> None:
    stored("a", "b", body=TEXT.encode())
    run_report("a")
    run_report("b")
    assert answers_of("a") == 3

    with engine().begin() as connection:
        connection.execute(delete(Report).where(Report.id == "a"))

    assert (answers_of("a"), answers_of("b")) == (0, 3)


def test_a_row_of_a_newer_version_is_left_to_a_newer_worker(api: PaidApi, monkeypatch: pytest.MonkeyPatch) -> None:
    stored("a")
    changed("a", version=VERSION + 1)

    assert run_report("a") is Outcome.NOT_CLAIMED
    assert row("a")["state"] == "queued"

    monkeypatch.setattr(claims, "VERSION", VERSION + 1)
    assert run_report("a") is Outcome.COMPLETED
