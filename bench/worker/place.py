"""A Redis, a PostgreSQL and workers of the bench's own."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from celery import Celery
from redis import Redis

from bench.result import BenchError
from tests.fixtures.postgresql_server import INSTALL, postgresql_binaries, running_postgresql
from tools.redis_server import redis_server

ROOT = Path(__file__).parents[2]
QUEUE = "reports"
POLL_SECONDS = 0.005
WORKER_SECONDS = 120.0
CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Place:
    """Where it is measured."""

    folder: Path
    env: Mapping[str, str]
    redis: Redis
    client: Celery

    def send(self, task: str, arguments: Sequence[Sequence[object]]) -> None:
        """Put a message for each into the queue."""
        with self.client.producer_pool.acquire(block=True) as producer:
            for each in arguments:
                self.client.send_task(task, args=each, queue=QUEUE, producer=producer, ignore_result=True)

    @contextmanager
    def worker(self, name: str, *arguments: str, **env: str) -> Iterator[None]:
        """Run a worker on the queue until the block ends."""
        command = [sys.executable, "-m", "celery", "-A", "bench.worker.tasks", "worker", "--loglevel=warning"]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "-Q", QUEUE, "-n", f"{name}@%h", "--without-gossip", "--without-mingle", *arguments],
                cwd=ROOT, env=os.environ | self.env | env, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
            try:
                yield
            finally:
                process.terminate()
                process.wait(timeout=WORKER_SECONDS)

    def rate(self, many: int, few: int, name: str, *arguments: str, **env: str) -> float:
        """The messages a second of a worker that brings the queue from that many to that few, and then to none."""
        with self.worker(name, *arguments, **env):
            self._await_messages(many)
            began = time.monotonic()
            self._await_messages(few)
            seconds = time.monotonic() - began
            self.await_done()
        return (many - few) / seconds

    def await_done(self) -> None:
        """Until nothing waits and nothing is held. Raises BenchError where it stands still."""
        self._await_messages(0)
        self._until(lambda: not self.redis.hlen("unacked"), "a task does not end")

    def _await_messages(self, most: int) -> None:
        self._until(lambda: self.redis.llen(QUEUE) <= most, "the queue stands still")

    def _until(self, condition: Callable[[], bool], trouble: str) -> None:
        deadline = time.monotonic() + WORKER_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise BenchError(f"{trouble}; the workers said:\n{self._said()}")
            time.sleep(POLL_SECONDS)

    def _said(self) -> str:
        return "\n".join(log.read_text()[-2000:] for log in self.folder.glob("*.log"))


@contextmanager
def own_servers() -> Iterator[Place]:
    """Make it; it is gone afterwards. Raises BenchError where there is no PostgreSQL."""
    if postgresql_binaries() is None:
        raise BenchError(INSTALL)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="revrx-bench-")))
        redis, database = stack.enter_context(redis_server()), stack.enter_context(running_postgresql())
        env = {"REDIS_URL": redis.url, "DATABASE_URL": database, "ENABLE_CELERY": "true"}
        commands = Path(sys.executable).parent
        subprocess.run([commands / "revrx-reports", "migrate"], env=os.environ | env, check=True, capture_output=True)
        client = stack.enter_context(Celery(broker=redis.url))
        yield Place(folder, env, stack.enter_context(Redis.from_url(redis.url)), client)
