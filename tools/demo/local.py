"""The demo on this machine: Redis and the workers are processes, the database is a file."""

import asyncio
import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import AsyncExitStack, closing
from pathlib import Path

from revrx_operator.apply.local import LocalWorkers
from revrx_operator.model import Manifest
from revrx_operator.run import control
from tools.demo import commands
from tools.demo.reports import COUNTS, REPOSITORY, outcome, reading_of
from tools.demo.stage import Outcome, Reading, StageError
from tools.redis_server import RedisServer

REPORTS = Path(sys.executable).with_name("revrx-reports")
READ_BY_WORKERS = ("CELERY_", "REDIS_", "REPORT_", "DATABASE_URL", "ENABLE_CELERY")
"""Names, or their beginnings, of the variables that steer workers."""


class LocalStage:
    """The workers run as processes, under the plan that the operator makes on a cluster."""

    def __init__(self, pool: Manifest) -> None:
        self._pool = pool
        self._stack = AsyncExitStack()
        self._stopped: list[str] = []

    async def start(self) -> None:
        """Redis, an empty database, and the operator's controller in this process."""
        self._folder = Path(tempfile.mkdtemp(prefix="revrx-demo-"))
        self._stack.callback(shutil.rmtree, self._folder)
        self._start_redis()
        await commands.run(REPORTS, "migrate")
        self._workers = await self._stack.enter_async_context(LocalWorkers(self._pool, REPOSITORY / "worker"))
        self._controlling = asyncio.create_task(control(self._workers))
        self._stack.push_async_callback(self._stop_control)

    async def reading(self) -> Reading:
        """Processes as they are, reports as the database has them."""
        if self._controlling.done():
            raise StageError("the operator's controller has ended")
        workers = self._workers
        return reading_of(len(workers.pids), workers.ready_replicas, self._counts(), workers.status)

    async def submit(self, encounters: str) -> Outcome:
        """By the command that everyone has."""
        file = self._folder / "encounters.jsonl"
        file.write_text(encounters)
        try:
            return outcome(await commands.attempt(REPORTS, "submit", file, "--wait"))
        except asyncio.CancelledError:
            self._stopped.append("revrx-reports submit")
            raise

    async def show(self, report_id: str) -> str:
        """By the command that everyone has."""
        return await commands.run(REPORTS, "show", report_id)

    async def stop(self) -> list[str]:
        """Kill what still runs; after a demo that went all the way no worker does."""
        await self._stack.aclose()
        return self._stopped

    def _start_redis(self) -> None:
        redis = RedisServer(self._folder)
        _steer_workers(redis.url, self._folder / "reports.db")
        try:
            redis.start()
        except (RuntimeError, OSError) as error:
            raise StageError(f"{error}; on Debian: apt-get install redis-server") from error
        self._stack.callback(self._stop_redis, redis)

    def _stop_redis(self, redis: RedisServer) -> None:
        redis.stop()
        self._stopped.append("redis-server")

    async def _stop_control(self) -> None:
        self._stopped.append(f"{len(self._workers.pids)} workers")
        self._controlling.cancel()
        await asyncio.gather(self._controlling, return_exceptions=True)

    def _counts(self) -> dict[str, int]:
        """Reports by state. Read only: it neither waits for the workers' writes nor holds them up."""
        with closing(sqlite3.connect(f"file:{self._folder / 'reports.db'}?mode=ro", uri=True)) as database:
            return dict(database.execute(COUNTS).fetchall())


def _steer_workers(redis_url: str, database: Path) -> None:
    """Point the workers and the commands of this process at the demo's own parts, whatever the environment said."""
    for name in [name for name in os.environ if name.startswith(READ_BY_WORKERS)]:
        del os.environ[name]
    os.environ["ENABLE_CELERY"] = "true"
    os.environ["REDIS_URL"] = redis_url
    os.environ["DATABASE_URL"] = f"sqlite:///{database}"
