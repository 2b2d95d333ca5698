"""The rows of the reports, on SQLite and on PostgreSQL."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from app import claims, engines
from app.database import database_now, engine
from app.engines.api import Answer, ApiRequest, Ask
from app.intake import Encounter, Stored, record_missing, store
from app.leases import lease_keeper
from app.migrate import migrate
from app.report import Base
from app.runs import Outcome, run_report
from app.settings import settings
from app.sweep import sweep
from tests.integration.worker.processes import COMMAND, row
from tests.integration.worker.rows import changed, lease_expires, stored
from tests.waiting import wait_for

NO_MESSAGES = 0
LEASE_SECONDS, RUN_SECONDS = 2, 3
"""A run that takes longer than its lease."""


def test_several_migrations_at_once_make_the_tables_once(empty_database: str) -> None:
    commands = [subprocess.Popen([COMMAND / "revrx-reports", "migrate"], stdout=subprocess.PIPE) for _ in range(3)]

    for command in commands:
        output, _ = command.communicate(timeout=50)
        assert (command.returncode, output[:22]) == (0, b"tables are up to date ")
    assert set(inspect(engine()).get_table_names()) == {"reports", "report_answers", "alembic_version"}


def test_the_migrations_make_what_the_model_says(database: str) -> None:
    with engine().connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_clock_of_the_database_tells_the_time(database: str) -> None:
    stored("a")

    assert row("a")["created_at"] == pytest.approx(time.time(), abs=5)


def test_only_one_of_many_claims_gets_a_report(database: str) -> None:
    stored("a")

    with ThreadPoolExecutor(8) as pool:
        held = [claim for claim in pool.map(claims.claim, ["a"] * 8) if claim]

    assert [claim.token for claim in held] == [1]


def test_a_run_that_lost_its_claim_can_change_nothing(database: str) -> None:
    stored("a")
    slow = claims.claim("a")
    lease_expires("a")
    fast = claims.claim("a")
    assert slow
    assert fast

    assert not claims.complete(slow, {"summary": "slow"}, 9.0)
    assert claims.complete(fast, {"summary": "fast"}, 1.0)
    assert not claims.fail(slow, "late", "too late", 9.0)
    assert not claims.complete(fast, {"summary": "twice"}, 1.0)
    assert (row("a")["result"], row("a")["error_code"], row("a")["attempts"]) == ({"summary": "fast"}, None, 2)


def test_a_run_that_lost_its_claim_pays_for_nothing_more(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def loses_its_claim(_: str, ask: Ask) -> None:
        lease_expires("a")
        assert claims.claim("a")
        ask([ApiRequest({"text": "Fever."})], never_asked)

    def never_asked(_: ApiRequest, __: float) -> Answer:
        raise AssertionError("it was paid for")

    monkeypatch.setattr(engines.load(), "read", loses_its_claim)
    stored("a")

    assert run_report("a") is Outcome.CLAIM_LOST
    assert (row("a")["state"], row("a")["token"]) == ("running", 2)


def test_a_lease_is_renewed_while_the_report_runs(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT_LEASE_SECONDS", str(LEASE_SECONDS))
    settings.cache_clear()
    stored("a")
    held = claims.claim("a")
    assert held

    with lease_keeper().kept(held):
        time.sleep(RUN_SECONDS)
        assert claims.claim("a") is None
    wait_for(lambda: claims.claim("a"), "the lease of a run that is over does not end", 2 * LEASE_SECONDS)


@pytest.mark.parametrize(
    ("body", "state", "code"),
    [
        (b"IMPRESSION: Pneumonia.", "completed", None),
        (b"", "failed", "text_empty"),
        (b" \n\t", "failed", "text_empty"),
        (b"caf\xe9", "failed", "text_not_utf8"),
        (b"x" * 2_000_001, "failed", "text_too_large"),
        (b"Fever.\x00 PLAN: Rest.\x00", "completed", None),
    ],
)
def test_every_text_ends_in_a_clear_state(database: str, body: bytes, state: str, code: str | None) -> None:
    stored("a", body=body)

    assert run_report("a") == state
    assert (row("a")["state"], row("a")["error_code"]) == (state, code)


def test_what_an_engine_raises_is_recorded(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str, __: Ask) -> None:
        raise ZeroDivisionError("in the engine")

    monkeypatch.setattr(engines.load(), "read", broken)
    stored("a")

    assert run_report("a") is Outcome.FAILED
    assert row("a")["error_message"] == "ZeroDivisionError: in the engine"


def test_storing_again_is_told_from_a_conflict_and_a_missing_report_can_be_stored_later(database: str) -> None:
    assert record_missing("late")
    assert not record_missing("late")

    encounters = [Encounter("late", "A visit", b"x"), Encounter("a", "A visit", b"x")]
    assert store(encounters) == {"late": Stored.NEW, "a": Stored.NEW}
    assert store(encounters) == {"late": Stored.KNOWN, "a": Stored.KNOWN}
    assert store([Encounter("a", "A visit", b"y")]) == {"a": Stored.CONFLICT}
    assert (row("late")["state"], row("late")["error_code"]) == ("queued", None)


def test_a_sweep_sends_again_what_lost_its_worker_once_until_its_next_time(database: str) -> None:
    stored("lost", "kept")
    claims.claim("lost")
    claims.claim("kept")
    lease_expires("lost")

    assert sweep(NO_MESSAGES) == ["lost"]
    assert sweep(NO_MESSAGES) == []
    assert claims.claim("lost")


def test_a_sweep_sends_overdue_reports_again_only_as_far_as_messages_are_missing(database: str) -> None:
    stored("a", "b", "c")
    for name in "abc":
        changed(name, resend_at=database_now() - 1)

    assert sweep(3) == []
    assert len(sweep(1)) == 2
    assert len(sweep(NO_MESSAGES)) == 1


def test_only_doubts_about_a_message_are_raised_later_each_time(database: str) -> None:
    """Or a report that was put off often, or lost its workers, would wait long for a message that was lost."""
    stored("lost")
    changed("lost", state="running", sends=9, lease_expires_at=database_now() - 1)
    stored("due")
    changed("due", state="waiting", sends=9, resend_at=database_now() - 1)
    stored("overdue")
    changed("overdue", sends=9, resend_at=database_now() - 1)

    assert sweep(NO_MESSAGES) == ["lost", "due", "overdue"]

    seconds = [row(name)["resend_at"] - time.time() for name in ("lost", "due", "overdue")]
    assert seconds == pytest.approx([60, 60, 600], abs=5)


def test_a_report_that_kills_its_workers_is_given_up(database: str) -> None:
    stored("a")
    for _ in range(3):
        assert claims.claim("a")
        lease_expires("a")
    assert claims.claim("a") is None

    assert sweep(NO_MESSAGES) == []
    assert (row("a")["state"], row("a")["error_code"], row("a")["attempts"]) == ("failed", "worker_lost", 3)


def test_while_one_process_sweeps_postgresql_another_leaves_it_alone(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine().dialect.name != "postgresql":
        return  # on SQLite the other would wait for the write lock
    stored("a")
    claims.claim("a")
    lease_expires("a")

    with engine().begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": 0x7265767279})
        assert sweep(NO_MESSAGES) == []
    assert sweep(NO_MESSAGES) == ["a"]


def test_tables_of_a_newer_release_are_left_alone(database: str) -> None:
    with engine().begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))

    migrate()

    with engine().connect() as connection:
        assert connection.scalar(text("select version_num from alembic_version")) == "9999"
