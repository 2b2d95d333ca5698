"""Commands to real Celery workers, and what they leave behind in Redis."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import celery
import pytest
import redis

from revrx_operator.control import CALL_SECONDS, REPLY_SECONDS, Holding, RemoteControl
from revrx_operator.model import BrokerAddress, WorkerQueues
from revrx_operator.plan.retiring_group import FETCH_SECONDS
from tests.fixtures.redis_server import running_redis
from tests.integration.local.conftest import SLEEPER
from tests.waiting import PATIENCE_SECONDS, POLL_SECONDS, until, wait_for

POD = "naps-worker-rs1-pod1"
NAME = f"worker@{POD}"
NAPS = WorkerQueues("worker", POD, ("naps",))
READY_SECONDS = 30.0
LEFT_ALONE_SECONDS = 1.0
"""For so long a task waits that a worker would take within milliseconds."""
LATE_REPLY_SECONDS = 0.5
"""For so long whatever comes too late could bring a queue back."""


@pytest.fixture(scope="module")
def broker() -> Iterator[BrokerAddress]:
    with running_redis() as url:
        yield BrokerAddress(url)


@pytest.fixture(scope="module")
def worker(broker: BrokerAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A worker of four slots, whose host name is that of a pod."""
    log = tmp_path_factory.mktemp("worker") / "log"
    words = [
        "-A",
        "sleeper",
        "worker",
        "--concurrency=2",
        "--pool=threads",
        "-Q",
        "naps",
        "-n",
        NAME,
        "--loglevel=INFO",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("celery"), *words],
            cwd=SLEEPER,
            env={**os.environ, "CELERY_BROKER_URL": broker.url},
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(lambda: "ready." in log.read_text(), log.read_text, READY_SECONDS)
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def remote(worker: None) -> AsyncIterator[RemoteControl]:
    async with RemoteControl() as remote:
        yield remote


@pytest.fixture
def nap(broker: BrokerAddress) -> Iterator[Callable[..., object]]:
    with celery.Celery(broker=broker.url) as app:
        yield lambda seconds, **options: app.send_task("nap", args=["nap", seconds], queue="naps", **options)


async def test_a_worker_tells_what_it_takes_and_holds(
    remote: RemoteControl, broker: BrokerAddress, nap: Callable[..., object]
) -> None:
    assert await remote.ask(broker, [NAME]) == {NAME: Holding(frozenset({"naps"}), 0)}

    nap(300, countdown=300)
    for _ in range(6):
        nap(2)
    with redis.Redis.from_url(broker.url) as client:
        await until(lambda: client.hlen("unacked") == 7)

    assert await remote.ask(broker, [NAME]) == {NAME: Holding(frozenset({"naps"}), 6)}
    await until_empty(remote, broker)


async def until_empty(remote: RemoteControl, broker: BrokerAddress) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await remote.ask(broker, [NAME]))[NAME].tasks:
            await asyncio.sleep(POLL_SECONDS)


async def test_without_leave_it_asks_and_tells_nothing(worker: None, broker: BrokerAddress) -> None:
    async with RemoteControl(may_tell=lambda: False) as silent:
        assert await silent.cancel(broker, [NAPS]) == frozenset()

        assert await silent.ask(broker, [NAME]) == {NAME: Holding(frozenset({"naps"}), 0)}


async def test_a_cancelled_worker_takes_nothing_until_it_is_resumed(
    remote: RemoteControl, broker: BrokerAddress, nap: Callable[..., object]
) -> None:
    with redis.Redis.from_url(broker.url) as client:
        client.delete("begun")
        assert await remote.cancel(broker, [NAPS]) == {POD}
        await asyncio.sleep(FETCH_SECONDS)
        nap(0)
        await asyncio.sleep(LEFT_ALONE_SECONDS)
        assert client.llen("naps") == 1
        assert (await remote.ask(broker, [NAME]))[NAME].queues == frozenset()

        assert await remote.resume(broker, [NAPS]) == {POD}
        await until(lambda: client.llen("begun") == 1)
        assert (await remote.ask(broker, [NAME]))[NAME].queues == {"naps"}


async def test_only_those_that_replied_count_as_told(remote: RemoteControl, broker: BrokerAddress) -> None:
    gone = WorkerQueues("worker", "gone", ("naps",))

    assert await remote.resume(broker, [NAPS, gone]) == {POD}
    assert await remote.ask(broker, ["worker@gone"]) == {}


async def test_nothing_is_left_behind_in_redis(remote: RemoteControl, broker: BrokerAddress) -> None:
    with redis.Redis.from_url(broker.url) as client:
        before = set(client.keys())
        await remote.ask(broker, [NAME, "worker@gone"])
        await remote.resume(broker, [NAPS])
        await asyncio.sleep(LATE_REPLY_SECONDS)
        assert set(client.keys()) == before


async def test_in_a_redis_without_workers_only_kombus_own_note_is_left(remote: RemoteControl) -> None:
    """When bindings that were not taken back are to be swept: one entry, which every Celery worker keeps as well."""
    with running_redis() as url, redis.Redis.from_url(url) as client:
        for _ in range(2):
            await remote.ask(BrokerAddress(url), [NAME])
            await remote.cancel(BrokerAddress(url), [NAPS])
        assert client.keys() == [b"_kombu.binding_deadlines"]
        assert client.zcard("_kombu.binding_deadlines") == 1


async def test_tasks_that_others_run_for_hours_stay_theirs(remote: RemoteControl, broker: BrokerAddress) -> None:
    """kombu looks for messages to requeue whenever it waits for a reply that does not come."""
    with redis.Redis.from_url(broker.url) as client:
        client.hset("unacked", "tag", '[{"body": "", "properties": {"delivery_info": {}}}, "", "elsewhere"]')
        client.zadd("unacked_index", {"tag": time.time() - 5 * 3600})
        client.delete("unacked_mutex")
        await remote.ask(broker, ["worker@gone"])
        assert client.hexists("unacked", "tag")
        client.hdel("unacked", "tag")
        client.zrem("unacked_index", "tag")


async def test_a_redis_that_hangs_keeps_neither_its_caller_nor_another_redis_waiting(
    remote: RemoteControl, broker: BrokerAddress
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        hanging = BrokerAddress(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        calls = [asyncio.create_task(remote.ask(hanging, [NAME])) for _ in range(50)]
        await asyncio.sleep(0)  # all of them are under way
        began = time.monotonic()
        assert NAME in await remote.ask(broker, [NAME])
        assert time.monotonic() - began < REPLY_SECONDS
        assert await asyncio.wait_for(asyncio.gather(*calls), CALL_SECONDS + 1) == [{}] * 50


async def test_a_redis_that_refuses_is_told_in_the_log_and_left_alone_for_a_while(
    remote: RemoteControl, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = BrokerAddress(f"redis://:secret@127.0.0.1:{port}/0")

    assert await remote.cancel(address, [NAPS]) == frozenset()
    assert await remote.cancel(address, [NAPS]) == frozenset()

    assert caplog.text.count("workers cannot be told or asked anything") == 1
    assert "secret" not in caplog.text
