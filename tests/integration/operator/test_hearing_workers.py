"""What real Celery workers say of themselves reaches the readings of their group."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis

from revrx_operator.model import BrokerAddress, GroupReading, PoolKey, WorkerBeat
from revrx_operator.observe.brokers import Brokers
from tests.waiting import until

APP = Path(__file__).with_name("napper")
CELERY = Path(sys.executable).with_name("celery")
KEY = PoolKey("revrx", "pool")
QUEUES = frozenset({"reports", "urgent"})
PREFORK, THREADS = ("--pool=prefork", "--concurrency=2"), ("--pool=threads", "--concurrency=2")

TURNED_AWAY_SECONDS = 0.7
"""So long the task goes on to meet the API, 50 times, and less than a second."""

pod_numbers = count(1)


@pytest.fixture
def redis_url(redis_server: str) -> str:
    Redis.from_url(redis_server).flushdb()
    return redis_server


@pytest.fixture
def app(redis_url: str) -> Celery:
    return Celery("client", broker=redis_url, set_as_current=False)


@contextmanager
def worker(
    url: str, *arguments: str, joins: bool = True, key_prefix: str = ""
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A worker of the group as its pod would run it; yields the pod's name.

    Its app takes revrx_worker up, or it is a foreign one.
    """
    pod = f"pool-worker-7c9d8b6f5c-{next(pod_numbers):05d}"
    queues = ["-Q", ",".join(sorted(QUEUES)), "-n", f"worker@{pod}"]
    options = ["--without-mingle", "--without-gossip", "--heartbeat-interval=1", "--prefetch-multiplier=2"]
    process = subprocess.Popen(
        [CELERY, "-A", "napper", "worker", *options, *arguments, *queues],
        cwd=APP,
        env=os.environ | {"BROKER": url, "KEY_PREFIX": key_prefix, "JOINS": "yes" if joins else ""},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield pod, process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@asynccontextmanager
async def reading(url: str, key_prefix: str = "") -> AsyncIterator[Callable[[], GroupReading]]:
    """Yields what gives the newest reading of the group."""
    async with Brokers(0.1, lambda _: None) as brokers:
        brokers.watch(KEY, BrokerAddress(url, key_prefix), {"worker": tuple(QUEUES)})
        await until(lambda: brokers.latest(KEY).state.reachable)
        yield lambda: brokers.latest(KEY).groups["worker"]


def send(app: Celery, name: str, times: int = 1, *args: float, eta: datetime | None = None) -> None:
    for _ in range(times):
        app.send_task(name, args=args, queue="reports", eta=eta)


@pytest.mark.parametrize("arguments", [PREFORK, THREADS], ids=["prefork", "threads"])
async def test_a_worker_says_what_it_runs_holds_and_takes_tasks_from(
    redis_url: str, app: Celery, arguments: tuple[str, ...]
) -> None:
    send(app, "nap", 1, 0.0, eta=datetime.now(UTC) + timedelta(hours=1))
    send(app, "nap", 3, 30.0)
    async with reading(redis_url) as group:
        with worker(redis_url, *arguments) as (pod, _):
            await until(lambda: pod in group().workers and group().workers[pod].active == 2)
            beat = group().workers[pod]

    assert beat == WorkerBeat(beat.heard_at, active=2, held=3, queues=QUEUES)
    assert time.time() - beat.heard_at < 6


async def test_a_queue_that_a_worker_was_told_to_leave_alone_is_not_among_its_queues(
    redis_url: str, app: Celery
) -> None:
    async with reading(redis_url) as group:
        with worker(redis_url, *THREADS) as (pod, _):
            await until(lambda: pod in group().workers and group().workers[pod].queues == QUEUES)
            app.control.cancel_consumer("reports", destination=[f"worker@{pod}"])
            await until(lambda: group().workers[pod].queues == frozenset({"urgent"}))
            app.control.cancel_consumer("urgent", destination=[f"worker@{pod}"])
            await until(lambda: group().workers[pod].queues == frozenset())
            app.control.add_consumer("reports", destination=[f"worker@{pod}"])
            await until(lambda: group().workers[pod].queues == frozenset({"reports"}))


async def test_a_worker_that_shuts_down_goes_on_saying_what_it_still_runs(redis_url: str, app: Celery) -> None:
    send(app, "nap", 1, 30.0)
    async with reading(redis_url) as group:
        with worker(redis_url, *PREFORK) as (pod, process):
            await until(lambda: pod in group().workers and group().workers[pod].active == 1)
            assert not group().workers[pod].leaving
            process.terminate()
            await until(lambda: group().workers[pod].leaving)  # Celery itself beats no more

            assert (group().workers[pod].active, group().workers[pod].held) == (1, 1)


async def test_tasks_that_a_rate_limit_holds_back_are_held(redis_url: str, app: Celery) -> None:
    send(app, "limited", 3)
    async with reading(redis_url) as group:
        with worker(redis_url, *THREADS) as (pod, _):
            await until(lambda: pod in group().workers and group().workers[pod].held == 2)


async def test_a_worker_of_any_app_is_heard_without_knowing_of_pools(redis_url: str) -> None:
    app = Celery("client", broker=redis_url, set_as_current=False)
    app.conf.broker_transport_options = {"global_keyprefix": "theirs:"}
    send(app, "nap", 2, 30.0)
    async with reading(redis_url, key_prefix="theirs:") as group:
        with worker(redis_url, *PREFORK, joins=False, key_prefix="theirs:") as (pod, _):
            await until(lambda: pod in group().workers and group().workers[pod].active == 2)
            beat = group().workers[pod]

    assert beat == WorkerBeat(beat.heard_at, active=2, held=None, queues=None)


async def test_a_worker_that_is_gone_is_unheard_after_three_beats(redis_url: str) -> None:
    async with reading(redis_url) as group:
        with worker(redis_url, *THREADS, joins=False) as (pod, _):
            await until(lambda: pod in group().workers)
            heard_at = group().workers[pod].heard_at
        await until(lambda: pod not in group().workers)

    assert 2.5 < time.time() - heard_at < 6


async def test_a_task_that_an_api_turns_away_tells_once_a_second(redis_url: str, app: Celery) -> None:
    events = Redis.from_url(redis_url).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    events.subscribe("/0.celeryev/revrx.throttled")
    events.get_message(timeout=1)
    send(app, "turned_away", 1, 50)
    before = time.time()
    async with reading(redis_url) as group:
        with worker(redis_url, *PREFORK):
            await until(lambda: group().throttled_at)
            assert before <= (group().throttled_at or 0) <= time.time()
            await asyncio.sleep(TURNED_AWAY_SECONDS)

    assert events.get_message(timeout=1) is not None
    assert events.get_message(timeout=0.1) is None


async def test_the_time_of_tasks_is_learned(redis_url: str, app: Celery) -> None:
    send(app, "nap", 14, 0.5)
    async with reading(redis_url) as group:
        with worker(redis_url, *THREADS, joins=False):
            await until(lambda: group().service_seconds)

            assert 0.25 < (group().service_seconds or 0) < 1.0
