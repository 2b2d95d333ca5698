"""The operator's connection and a master that changes."""

import asyncio

import pytest
from kombu import Connection
from redis.asyncio import Redis
from redis.exceptions import RedisError

from revrx_operator.broker_connection import kombu_arguments
from revrx_operator.model import BrokerAddress, SentinelMaster
from revrx_operator.observe.connection import open_redis
from tests.fixtures.sentinel import MASTER, sentinel
from tests.waiting import POLL_SECONDS
from tools.redis_server import RedisServer

PATIENCE_SECONDS = 40.0


async def reads(redis: Redis, server: RedisServer) -> None:
    """Return once the client reads from that server; what it meets with on the way does not matter."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await _port(redis) != server.port:
            await asyncio.sleep(POLL_SECONDS)


async def _port(redis: Redis) -> int | None:
    try:
        return int((await redis.info("server"))["tcp_port"])
    except RedisError:
        return None


@pytest.mark.timeout(120)
async def test_the_new_master_is_read_after_a_failover_and_after_a_crash() -> None:
    with sentinel() as watched:
        address = BrokerAddress(watched.url, sentinel=SentinelMaster(MASTER))
        redis = open_redis(address)
        await reads(redis, watched.master())

        # Sentinel makes the old master a replica, and cuts its clients off, up to ten seconds later.
        new = watched.fail_over()
        await reads(redis, new)

        new.stop()
        await reads(redis, watched.new_master(new))
        await redis.aclose()


def test_kombu_reaches_the_master_by_the_same_address() -> None:
    with sentinel("of the Sentinels") as watched:
        address = BrokerAddress(watched.url, sentinel=SentinelMaster(MASTER, watched.password))
        with Connection(**kombu_arguments(address)) as connection:
            client = connection.default_channel.client  # type: ignore[attr-defined]
            assert client.info("server")["tcp_port"] == watched.master().port
