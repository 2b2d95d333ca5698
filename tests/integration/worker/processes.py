"""Celery workers and the command revrx-reports as processes, the way a user runs them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from celery import Celery
from sqlalchemy import RowMapping, select

from app.database import engine
from app.report import Report
from tests.waiting import wait_for

WORKER_FOLDER = Path(__file__).parents[3] / "worker"
COMMAND = Path(sys.executable).parent
READY_SECONDS = 40.0


@dataclass
class Worker:
    """A running `celery worker`."""

    process: subprocess.Popen[bytes]
    log: Path
    heartbeat: Path

    def kill_children(self) -> None:
        """SIGKILL to the processes of its pool, as when one uses too much memory."""
        subprocess.run(["pkill", "-KILL", "-P", str(self.process.pid)], check=True)

    def kill(self) -> None:
        """SIGKILL to the main process and its children at once, as when a node dies."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait_until_ready(self) -> None:
        """Until the heartbeat file says that it is ready."""
        wait_for(
            lambda: "ready." in self.log.read_text() and self.heartbeat.exists(),
            lambda: f"the worker is not ready:\n{self.log.read_text()}",
            READY_SECONDS,
        )


@dataclass
class Workers:
    """Runs workers and commands that share an environment."""

    folder: Path
    env: dict[str, str]
    started: int = 0

    @contextmanager
    def running(self, *arguments: str, **env: str) -> Iterator[Worker]:
        """`cd worker && celery -A app.celery_app worker --loglevel=info`, until the block ends.

        Takes more arguments of the command, and more variables by keyword.
        """
        self.started += 1
        heartbeat, log = self.next_heartbeat(self.started), self.folder / f"worker-{self.started}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [COMMAND / "celery", "-A", "app.celery_app", "worker", "--loglevel=info", *arguments],
                cwd=WORKER_FOLDER,
                env=os.environ | self.env | {"REVRX_HEARTBEAT_FILE": str(heartbeat)} | env,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        worker = Worker(process, log, heartbeat)
        try:
            worker.wait_until_ready()
            yield worker
        finally:
            worker.kill()

    def next_heartbeat(self, number: int | None = None) -> Path:
        """The heartbeat file of the next worker, or of the worker of that number."""
        return self.folder / f"heartbeat-{number or self.started + 1}"

    def submit(self, file: Path, *arguments: str) -> "Submission":
        """`revrx-reports submit FILE --wait`, running."""
        return Submission(
            subprocess.Popen(
                [COMMAND / "revrx-reports", "submit", file, "--wait", *arguments],
                cwd=self.folder,
                env=os.environ | self.env,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )

    def reports(self, *arguments: str) -> tuple[int, str]:
        """`revrx-reports …`, through to its end: its exit code and what it says."""
        done = subprocess.run(
            [COMMAND / "revrx-reports", *arguments],
            cwd=self.folder,
            env=os.environ | self.env,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=40,
        )
        return done.returncode, done.stdout

    def celery(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`cd worker && celery -A app.celery_app …`, through to its end."""
        return subprocess.run(
            [COMMAND / "celery", "-A", "app.celery_app", *arguments],
            cwd=WORKER_FOLDER,
            env=os.environ | self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=40,
        )

    def check_health(self) -> None:
        """Run the task health_check to its end."""
        with Celery(broker=self.env["REDIS_URL"], backend=self.env["REDIS_URL"]) as client:
            assert client.send_task("app.celery_app.health_check", queue="default").get(timeout=20) == "ok"

    def send(self, *report_ids: str) -> None:
        """A message for each, as any Celery client sends it, without a row being stored."""
        with Celery(broker=self.env["REDIS_URL"]) as client:
            for report_id in report_ids:
                client.send_task("app.tasks.report_tasks.process_report", args=[report_id], queue="reports")


@dataclass
class Submission:
    """A running `revrx-reports submit`."""

    process: subprocess.Popen[str]

    def result(self, timeout: float = 50) -> tuple[int, str, str]:
        """Exit code, last line of the output, and what stands on standard error."""
        output, errors = self.process.communicate(timeout=timeout)
        return self.process.returncode, output.splitlines()[-1] if output else "", errors


def row(report_id: str) -> RowMapping:
    """The row of a report."""
    with engine().connect() as connection:
        return connection.execute(select(Report.__table__).where(Report.id == report_id)).mappings().one()


def wait_for_state(report_id: str, state: str, timeout: float = 20) -> None:
    """Poll until the report is in that state."""

    def reached() -> bool:
        with engine().connect() as connection:
            return connection.scalar(select(Report.state).where(Report.id == report_id)) == state

    wait_for(reached, f"{report_id} is not {state}", timeout)
