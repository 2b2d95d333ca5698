"""The database restarts, or another server takes its place, and no report is the worse for it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from app import claims
from app.database import autocommit
from app.migrate import migrate
from app.runs import Outcome, run_report
from tests.fixtures.postgresql_server import INSTALL, PostgresqlServer, postgresql_binaries, postgresql_server
from tests.integration.worker.conftest import only_these_settings
from tests.integration.worker.processes import row
from tests.integration.worker.rows import stored
from tests.waiting import wait_for


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresqlServer]:
    if postgresql_binaries() is None:
        pytest.skip(INSTALL)
    with postgresql_server() as server, only_these_settings(tmp_path, DATABASE_URL=server.url):
        migrate()
        yield server


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    """Runs what has to wait."""
    with ThreadPoolExecutor() as pool:
        yield pool


def test_a_report_is_claimed_when_the_database_is_back(
    server: PostgresqlServer, elsewhere: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    stored("a")
    server.stop()

    run = elsewhere.submit(run_report, "a")
    wait_for(lambda: "waiting up to 60 s for the database" in caplog.text, "nobody waits")
    server.start()

    assert run.result(timeout=20) is Outcome.COMPLETED
    assert row("a")["attempts"] == 1


def test_a_connection_that_a_restart_broke_is_replaced(server: PostgresqlServer) -> None:
    stored("a")
    held = claims.claim("a")
    assert held

    server.stop()
    server.start()

    assert claims.complete(held, {"summary": "read"}, 1.0)


def test_a_server_that_is_the_primary_no_more_is_left_for_the_one_that_is(
    server: PostgresqlServer, elsewhere: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    stored("a")
    held = claims.claim("a")
    assert held
    session = present_session()

    with read_only(server):
        writing = elsewhere.submit(claims.complete, held, {"summary": "read"}, 1.0)
        wait_for(lambda: "in a read-only transaction" in caplog.text, "the write is not refused")

    assert writing.result(timeout=20)
    assert present_session() != session


def present_session() -> int:
    """The server's number for the connection that this process uses next."""
    with autocommit() as connection:
        return connection.scalar(text("SELECT pg_backend_pid()")) or 0


@contextmanager
def read_only(server: PostgresqlServer) -> Iterator[None]:
    """What is connected, and what connects, may not write, as on a server that has become a standby."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        connection.execute("SELECT pg_reload_conf()")
        wait_for(lambda: told_of_read_only() == "on", "the connections are not told")
        yield
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
        connection.execute("SELECT pg_reload_conf()")


def told_of_read_only() -> str:
    """What this process's connection believes."""
    with autocommit() as connection:
        return connection.scalar(text("SHOW default_transaction_read_only")) or ""
