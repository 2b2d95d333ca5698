"""The connection on which workers are heard: lost, refused, or quiet."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis import Redis

from revrx_operator.model import BrokerAddress, PoolKey
from revrx_operator.observe.brokers import Brokers
from tests.fixtures.redis_server import redis_server
from tests.waiting import until

KEY = PoolKey("revrx", "pool")
POD = "pool-worker-7c9d8b6f5c-x2x4z"
QUEUES = {"worker": ("reports",)}


@pytest.fixture
def address(redis_server: str) -> BrokerAddress:
    return BrokerAddress(redis_server)


@asynccontextmanager
async def reading(address: BrokerAddress, key: PoolKey = KEY) -> AsyncIterator[Brokers]:
    async with Brokers(0.05, lambda _: None) as brokers:
        brokers.watch(key, address, QUEUES)
        yield brokers


async def until_heard(client: Redis, brokers: Brokers, processed: int, key_prefix: str = "") -> None:
    """Beat until a beat is heard that is newer than this."""
    event = {"hostname": f"worker@{POD}", "active": processed, "processed": processed}
    body = base64.b64encode(json.dumps(event).encode()).decode()

    def beat_and_look() -> bool:
        client.publish(f"{key_prefix}/0.celeryev/worker.heartbeat", json.dumps({"body": body}))
        group = brokers.latest(KEY).groups.get("worker")
        return group is not None and POD in group.workers and group.workers[POD].active == processed

    await until(beat_and_look)


async def test_workers_are_heard_again_after_the_connection_was_lost(address: BrokerAddress) -> None:
    client = Redis.from_url(address.url)
    async with reading(address) as brokers:
        await until_heard(client, brokers, 1)
        assert client.client_kill_filter(_type="pubsub") == 1
        await until_heard(client, brokers, 2)


async def test_workers_are_heard_again_after_redis_restarted() -> None:
    with redis_server() as server:
        async with reading(BrokerAddress(server.url)) as brokers:
            await until_heard(Redis.from_url(server.url), brokers, 1)
            server.stop()
            await until(lambda: not brokers.latest(KEY).state.reachable)
            server.start()
            await until_heard(Redis.from_url(server.url), brokers, 2)


async def test_workers_of_a_pool_with_another_key_prefix_are_heard_when_it_comes_later(address: BrokerAddress) -> None:
    client = Redis.from_url(address.url)
    async with reading(address, PoolKey("revrx", "first")) as brokers:
        await until(lambda: client.pubsub_numsub("/0.celeryev/worker.heartbeat")[0][1])
        brokers.watch(KEY, address._replace(key_prefix="mine:"), QUEUES)
        await until_heard(client, brokers, 1, key_prefix="mine:")


async def test_what_is_no_event_does_not_end_the_listening(address: BrokerAddress) -> None:
    client = Redis.from_url(address.url)
    async with reading(address) as brokers:
        await until_heard(client, brokers, 1)
        client.publish("/0.celeryev/worker.heartbeat", b"\xff")
        client.publish("/0.celeryev/revrx.throttled", "{}")
        await until_heard(client, brokers, 2)


async def test_a_user_who_may_not_subscribe_is_told_though_the_queues_can_be_read(address: BrokerAddress) -> None:
    Redis.from_url(address.url).acl_setuser(
        "deaf", enabled=True, passwords=["+secret"], keys=["*"], channels=["*"], commands=["+@all", "-subscribe"]
    )
    async with reading(address._replace(url=address.url.replace("//", "//deaf:secret@"))) as brokers:
        await until(lambda: "subscribe" in brokers.latest(KEY).state.message)

        assert brokers.latest(KEY).state.reachable


async def test_a_user_who_may_run_no_script_is_told_though_the_queues_can_be_read(address: BrokerAddress) -> None:
    Redis.from_url(address.url).acl_setuser(
        "plain", enabled=True, passwords=["+secret"], keys=["*"], channels=["*"], commands=["+@all", "-@scripting"]
    )
    async with reading(address._replace(url=address.url.replace("//", "//plain:secret@"))) as brokers:
        await until(lambda: "+eval +evalsha" in brokers.latest(KEY).state.message)

        assert brokers.latest(KEY).state.reachable
