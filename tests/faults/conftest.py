"""The servers that all scenarios share, and the table that tells of them in the end."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.faults import Fault
from tests.faults.playing import play
from tests.faults.tables import NOTES, Row, table
from tests.fixtures.postgresql_server import INSTALL, PostgresqlServer, postgresql_binaries, postgresql_server

FOREIGN_SETTINGS = ("CELERY_", "REDIS_", "REPORT_", "DATABASE_", "OPENAI_", "REVRX_")

ROWS = pytest.StashKey[list[Row]]()


def pytest_configure() -> None:
    """End in order when told to end, as on Ctrl-C: all servers and workers go."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a first look be a quick one."""
    parser.addoption("--reports", type=int, default=200, help="reports of each scenario (default: 200)")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    if postgresql_binaries() is None:
        pytest.skip(INSTALL)
    with postgresql_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(FOREIGN_SETTINGS)]:
        monkeypatch.delenv(name)


@pytest.fixture
def played(request: pytest.FixtureRequest, postgresql: PostgresqlServer, tmp_path: Path) -> Callable[[Fault, str], Row]:
    """Plays a scenario, and puts it into the table whether or not it is as it should be."""

    def play_and_tell(fault: Fault, pool: str) -> Row:
        reports = int(request.config.getoption("--reports"))
        row = Row(fault.name, pool, play(fault, pool, postgresql, tmp_path, reports))
        request.config.stash.setdefault(ROWS, []).append(row)
        return row

    return play_and_tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table."""
    if rows := config.stash.get(ROWS, []):
        terminalreporter.section("faults")
        terminalreporter.line(table(rows).plain())
        for note in ("", *NOTES):
            terminalreporter.line(note)
