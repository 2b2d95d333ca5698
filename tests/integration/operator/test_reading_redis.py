"""The reader against a real Redis that holds what real Celery and kombu put there."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from kombu import Consumer, Queue
from redis import Redis

from revrx_operator.model import BrokerAddress, QueueLoad
from revrx_operator.observe.lookup import Lookup
from revrx_operator.observe.queues import GroupQueues
from revrx_operator.observe.redis import MOST_UNACKED, BrokerError, RedisReader

TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def redis_url(redis_server: str) -> str:
    Redis.from_url(redis_server).flushdb()
    return redis_server


def celery_app(url: str, **transport_options: Any) -> Celery:
    return Celery("app", broker=url, set_as_current=False, broker_transport_options=transport_options)


def publish(app: Celery, count: int, queue: str = "reports", **options: Any) -> None:
    with app.connection_for_write() as connection:
        for number in range(count):
            app.send_task("report", args=[number], queue=queue, connection=connection, **options)


@contextmanager
def holding(app: Celery, queue: str, count: int) -> Iterator[None]:
    """A consumer that has taken so many messages and acknowledges none."""
    taken: list[object] = []
    with app.connection_for_read() as connection, connection.channel() as channel:
        channel.qos.restore_at_shutdown = False  # type: ignore[attr-defined]
        with Consumer(channel, [Queue(queue)], callbacks=[lambda _, message: taken.append(message)], prefetch_count=0):
            while len(taken) < count:
                connection.drain_events(timeout=5)
            yield


@asynccontextmanager
async def reader_of(url: str, clock: Callable[[], float] = time.time) -> AsyncIterator[RedisReader]:
    address = BrokerAddress(url)
    reader = RedisReader(address, Lookup(address), clock)
    try:
        yield reader
    finally:
        await reader.close()


async def read(url: str, queues: tuple[str, ...] = ("reports",), **address: Any) -> QueueLoad:
    async with reader_of(url) as reader:
        loads = await reader.read({"group": GroupQueues(BrokerAddress(url, **address), queues)})
    return loads["group"]


async def test_an_empty_redis_holds_nothing(redis_url: str) -> None:
    assert await read(redis_url) == QueueLoad(waiting=0, unacked=0, eta=0)


async def test_waiting_counts_every_priority_of_every_queue_of_the_group(redis_url: str) -> None:
    app = celery_app(redis_url)
    for priority in (0, 3, 5, 9):
        publish(app, 2, priority=priority)
    publish(app, 1, queue="urgent")
    publish(app, 50, queue="somebody-elses")

    assert (await read(redis_url, ("reports", "urgent"))).waiting == 9


async def test_priority_steps_and_separator_of_the_app_are_followed(redis_url: str) -> None:
    app = celery_app(redis_url, sep=":", priority_steps=list(range(10)))
    publish(app, 2, priority=7)

    load = await read(redis_url, priority_steps=tuple(range(10)), priority_separator=":")

    assert load.waiting == 2


async def test_a_key_prefix_separates_two_apps_on_one_redis(redis_url: str) -> None:
    publish(celery_app(redis_url, global_keyprefix="one:"), 3)
    publish(celery_app(redis_url, global_keyprefix="two:"), 5)

    assert (await read(redis_url, key_prefix="one:")).waiting == 3
    assert (await read(redis_url, key_prefix="two:")).waiting == 5


async def test_a_key_prefix_goes_for_unacknowledged_messages_too(redis_url: str) -> None:
    app = celery_app(redis_url, global_keyprefix="one:")
    publish(app, 2)
    with holding(app, "reports", 2):
        assert await read(redis_url, key_prefix="one:") == QueueLoad(waiting=0, unacked=2, eta=0)


async def test_messages_that_a_worker_holds_are_running(redis_url: str) -> None:
    app = celery_app(redis_url)
    publish(app, 4)
    publish(app, 2, queue="other")
    with holding(app, "reports", 4), holding(app, "other", 2):
        load = await read(redis_url)

    assert (load.waiting, load.unacked, load.running) == (0, 4, 4)


async def test_tasks_that_wait_for_their_eta_are_told_apart(redis_url: str) -> None:
    app = celery_app(redis_url)
    publish(app, 3)
    publish(app, 2, eta=TOMORROW)
    with holding(app, "reports", 5):
        load = await read(redis_url)

    assert (load.unacked, load.eta, load.running) == (5, 2, 3)


async def test_a_queue_whose_name_json_escapes_is_recognised(redis_url: str) -> None:
    app = celery_app(redis_url)
    publish(app, 2, queue="berichte-für-ärzte")
    with holding(app, "berichte-für-ärzte", 2):
        assert (await read(redis_url, ("berichte-für-ärzte",))).running == 2


async def test_too_many_unacknowledged_messages_are_unknown_not_none(redis_url: str) -> None:
    Redis.from_url(redis_url).hset("unacked", mapping={f"tag-{n}": "[{}, '', 'x']" for n in range(MOST_UNACKED + 1)})

    assert (await read(redis_url)).unacked is None


async def test_many_groups_are_read_in_one_round_trip(redis_url: str) -> None:
    client = Redis.from_url(redis_url)
    address = BrokerAddress(redis_url)
    groups = {f"group-{n}": GroupQueues(address, (f"queue-{n}",)) for n in range(100)}
    async with reader_of(redis_url) as reader:
        await reader.read(groups)
        before, requests = client.info("commandstats"), reader.round_trips

        await reader.read(groups)

        after = client.info("commandstats")
        assert reader.round_trips == requests + 1
    calls = {name: after[name]["calls"] - before.get(name, {"calls": 0})["calls"] for name in after}
    assert {name for name, count in calls.items() if count} - {"cmdstat_llen", "cmdstat_hlen", "cmdstat_hvals"} <= {
        "cmdstat_evalsha",
        "cmdstat_info",
    }
    assert calls["cmdstat_evalsha"] == 1


async def test_the_script_comes_back_after_redis_forgot_it(redis_url: str) -> None:
    groups = {"group": GroupQueues(BrokerAddress(redis_url), ("reports",))}
    async with reader_of(redis_url) as reader:
        await reader.read(groups)
        Redis.from_url(redis_url).script_flush()

        assert await reader.read(groups) == {"group": QueueLoad()}


async def test_a_redis_that_is_away_is_an_error_that_names_it() -> None:
    with pytest.raises(BrokerError, match="localhost:1"):
        await read("redis://:secret@localhost:1/0")
