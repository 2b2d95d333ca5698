"""Several Redises behind several pools, read tick by tick."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from redis import Redis

from revrx_operator.model import BrokerAddress, GroupReading, PoolKey, QueueLoad
from revrx_operator.observe.brokers import Brokers
from tests.fixtures.redis_server import redis_server

TICK_SECONDS = 0.05
POOL, OTHER = PoolKey("revrx", "pool"), PoolKey("revrx", "other")
QUEUES = {"worker": ("reports",)}
NOWHERE = BrokerAddress("redis://localhost:1/0")


@asynccontextmanager
async def reading(heard: list[PoolKey]) -> AsyncIterator[Brokers]:
    async with Brokers(TICK_SECONDS, heard.append) as brokers:
        yield brokers


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.fixture
def address(redis_server: str) -> BrokerAddress:
    Redis.from_url(redis_server).flushdb()
    return BrokerAddress(redis_server)


async def test_a_pool_hears_of_its_queues_within_a_tick_or_two(address: BrokerAddress) -> None:
    heard: list[PoolKey] = []
    async with reading(heard) as brokers:
        brokers.watch(POOL, address, QUEUES)
        await eventually(lambda: brokers.latest(POOL).groups == {"worker": GroupReading(QueueLoad())})
        Redis.from_url(address.url).lpush("reports", "message", "message")
        await eventually(lambda: brokers.latest(POOL).groups["worker"].queues.waiting == 2)

    assert set(heard) == {POOL}


async def test_pools_on_one_redis_share_one_connection(address: BrokerAddress) -> None:
    async with reading([]) as brokers:
        brokers.watch(POOL, address, QUEUES)
        brokers.watch(OTHER, address, {"worker": ("other",)})
        await eventually(lambda: brokers.latest(POOL).state.reachable and brokers.latest(OTHER).state.reachable)
        clients = Redis.from_url(address.url).client_list()

    assert [client["name"] for client in clients].count("revrx-operator") == 1


async def test_a_redis_that_is_away_delays_no_other_and_its_failures_are_counted(address: BrokerAddress) -> None:
    async with reading([]) as brokers:
        brokers.watch(OTHER, NOWHERE, QUEUES)
        brokers.watch(POOL, address, QUEUES)
        await eventually(lambda: brokers.latest(POOL).state.reachable)
        await eventually(lambda: brokers.latest(OTHER).state.failures >= 3)

        assert not brokers.latest(OTHER).state.reachable
        assert "localhost:1" in brokers.latest(OTHER).state.message
        assert brokers.latest(OTHER).groups == {}


async def test_a_redis_that_comes_back_is_read_again() -> None:
    with redis_server() as server:
        async with reading([]) as brokers:
            brokers.watch(POOL, BrokerAddress(server.url), QUEUES)
            await eventually(lambda: brokers.latest(POOL).state.reachable)
            server.stop()
            await eventually(lambda: brokers.latest(POOL).state.failures > 0)
            server.start()
            await eventually(lambda: brokers.latest(POOL).state.reachable)

            assert brokers.latest(POOL).state.failures == 0


async def test_a_pool_that_moves_to_another_redis_forgets_the_first_ones_numbers(address: BrokerAddress) -> None:
    async with reading([]) as brokers:
        brokers.watch(POOL, address, QUEUES)
        await eventually(lambda: brokers.latest(POOL).state.reachable)
        brokers.watch(POOL, NOWHERE, QUEUES)

        assert brokers.latest(POOL).groups == {}
        await eventually(lambda: brokers.latest(POOL).state.failures > 0)


async def test_a_forgotten_pool_is_read_no_more(address: BrokerAddress) -> None:
    heard: list[PoolKey] = []
    async with reading(heard) as brokers:
        brokers.watch(POOL, address, QUEUES)
        brokers.watch(OTHER, address, QUEUES)
        await eventually(lambda: POOL in heard)
        brokers.forget(POOL)
        heard.clear()
        await eventually(lambda: heard.count(OTHER) >= 3)

    assert POOL not in heard


async def test_no_password_shows_in_what_is_told() -> None:
    async with reading([]) as brokers:
        brokers.watch(POOL, BrokerAddress("redis://:s3cret@localhost:1/0"), QUEUES)
        await eventually(lambda: brokers.latest(POOL).state.failures > 0)

        assert "s3cret" not in brokers.latest(POOL).state.message
