"""Where a scenario takes place: real servers, a crew of workers, and reports on their way."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults import ledger
from tests.faults.crew import SLOTS, Crew
from tests.faults.encounters import Part, report_ids, report_parts, write
from tests.faults.paid_requests import under_way
from tests.fixtures.paid_api import PaidApi, running_paid_api
from tests.fixtures.postgresql_server import PostgresqlServer, new_database
from tests.fixtures.redis_server import RedisServer, redis_server
from tests.integration.worker.processes import COMMAND, Workers

WORKERS = 2
LEASE_SECONDS = 5
POLL_SECONDS = 0.2
COMMAND_SECONDS = 120

SETTINGS = {
    "ENABLE_CELERY": "true",
    "REPORT_ENGINE": "openai",
    "OPENAI_TIMEOUT_SECONDS": "3",
    "REPORT_LEASE_SECONDS": str(LEASE_SECONDS),
    "REPORT_RESEND_SECONDS": "5",
}


class TooFewReports(Exception):
    """Nothing is left to strike at."""


@dataclass
class Stage:
    """What a fault can strike at."""

    folder: Path
    redis: RedisServer
    postgresql: PostgresqlServer
    database: str
    """URL of the scenario's own database."""
    api: PaidApi
    crew: Crew
    reports: int
    deadline: float
    """Monotonic; until then all reports are to be completed."""

    def parts(self) -> list[Part]:
        """All that is to be paid for, once each."""
        return [part for name in report_ids(self.reports) for part in report_parts(name)]

    def submit(self) -> None:
        """Store all reports and send their messages; who submits does not stay to see them through."""
        file = self.folder / "encounters.jsonl"
        write(file, report_ids(self.reports))
        command(self.folder, self.crew.workers.env, "submit", str(file))

    def at(self, share: float) -> None:
        """Return once that share of the reports is completed, and no worker can be idle. Raises TooFewReports."""
        least = share * self.reports

        def reached() -> bool:
            progress = ledger.progress(self.database)
            if progress.ended >= self.reports:
                raise TooFewReports(f"all {self.reports} reports were made before the fault had struck")
            return progress.completed >= least and under_way(self.api) > SLOTS * (WORKERS - 1)

        self.wait(reached, f"{share:.0%} of the reports are completed and the workers are busy")

    def until_completed(self) -> None:
        """Return once no report is left."""
        self.wait(lambda: ledger.progress(self.database).ended >= self.reports, "all reports are at their end")

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Poll until it holds. Raises TimeoutError at the scenario's deadline."""
        while not condition():
            if time.monotonic() > self.deadline:
                raise TimeoutError(f"it did not come to this in time: {what}")
            time.sleep(POLL_SECONDS)


def command(folder: Path, env: Mapping[str, str], *arguments: str) -> None:
    """`revrx-reports …`, through to its end."""
    subprocess.run(
        [COMMAND / "revrx-reports", *arguments], env=os.environ | env, cwd=folder, check=True, timeout=COMMAND_SECONDS
    )


@contextmanager
def set_up(
    folder: Path, postgresql: PostgresqlServer, pool: str, reports: int, seconds: float, **env: str
) -> Iterator[Stage]:
    """A stage with a fresh Redis, a fresh database, an API and its crew, who wait for work."""
    with redis_server() as redis, running_paid_api() as api, ExitStack() as running:
        database = _new_database(postgresql, folder)
        settings = SETTINGS | api.env | {"REDIS_URL": redis.url, "DATABASE_URL": database} | env
        command(folder, settings, "migrate")
        ledger.log_ends(database)
        crew = Crew(Workers(folder, settings), pool, running)
        for _ in range(WORKERS):
            crew.hire()
        yield Stage(folder, redis, postgresql, database, api, crew, reports, time.monotonic() + seconds)


def _new_database(postgresql: PostgresqlServer, folder: Path) -> str:
    name = "".join(letter if letter.isalnum() else "_" for letter in folder.name)
    return new_database(postgresql.url, name)
