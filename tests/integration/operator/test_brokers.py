"""Several Redises behind several pools, read tick by tick."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis import Redis

from revrx_operator.model import BrokerAddress, GroupReading, PoolKey, QueueLoad
from revrx_operator.observe.broker_faults import endpoint_of
from revrx_operator.observe.brokers import Brokers
from revrx_operator.observe.poller import Tick
from tests.fixtures.redis_server import redis_server
from tests.integration.operator import away
from tests.waiting import until

TICK_SECONDS = 0.05
SLACK_TICKS = 40
HANGING_SECONDS = 5.0
POOL, OTHER = PoolKey("revrx", "pool"), PoolKey("revrx", "other")
QUEUES = {"worker": ("reports",)}
NOWHERE = BrokerAddress("redis://localhost:1/0")


@asynccontextmanager
async def reading(heard: list[PoolKey]) -> AsyncIterator[Brokers]:
    async with Brokers(TICK_SECONDS, heard.append) as brokers:
        yield brokers


@pytest.fixture
def address(redis_server: str) -> BrokerAddress:
    Redis.from_url(redis_server).flushdb()
    return BrokerAddress(redis_server)


async def test_a_pool_hears_of_its_queues_within_a_tick_or_two(address: BrokerAddress) -> None:
    heard: list[PoolKey] = []
    async with reading(heard) as brokers:
        brokers.watch(POOL, address, QUEUES)
        await until(lambda: brokers.latest(POOL).groups == {"worker": GroupReading(QueueLoad())})
        Redis.from_url(address.url).lpush("reports", "message", "message")
        await until(lambda: brokers.latest(POOL).groups["worker"].queues.waiting == 2)

    assert set(heard) == {POOL}


async def test_pools_on_one_redis_share_one_connection(address: BrokerAddress) -> None:
    async with reading([]) as brokers:
        brokers.watch(POOL, address, QUEUES)
        brokers.watch(OTHER, address, {"worker": ("other",)})
        await until(lambda: brokers.latest(POOL).state.reachable and brokers.latest(OTHER).state.reachable)
        clients = Redis.from_url(address.url).client_list()

    assert [client["name"] for client in clients].count("revrx-operator") == 1


async def test_what_workers_say_comes_over_one_more_connection(address: BrokerAddress) -> None:
    async with reading([]) as brokers:
        brokers.watch(POOL, address, QUEUES)
        brokers.watch(OTHER, address._replace(key_prefix="other:"), QUEUES)
        client = Redis.from_url(address.url)
        await until(lambda: client.pubsub_channels("other:*"))

        assert [other["name"] for other in client.client_list()].count("revrx-operator-events") == 1


async def test_a_redis_that_is_away_is_told_with_the_place_and_its_failures_are_counted(address: BrokerAddress) -> None:
    async with reading([]) as brokers:
        brokers.watch(OTHER, NOWHERE, QUEUES)
        await until(lambda: brokers.latest(OTHER).state.failures >= 3)

        assert not brokers.latest(OTHER).state.reachable
        assert "localhost:1" in brokers.latest(OTHER).state.message
        assert brokers.latest(OTHER).groups == {}


async def test_failures_are_counted_in_ticks_however_rare_the_attempts_have_become() -> None:
    with away.silent_listener() as silent:
        async with reading([]) as brokers:
            started = asyncio.get_running_loop().time()
            brokers.watch(OTHER, silent, QUEUES)
            await until(lambda: brokers.latest(OTHER).state.failures >= 45)
            ticks = (asyncio.get_running_loop().time() - started) / TICK_SECONDS

    assert 45 <= ticks + 1 < 45 + 2 / TICK_SECONDS + SLACK_TICKS  # an attempt may be under way for two seconds


async def test_a_redis_that_hangs_in_any_way_delays_no_other(
    address: BrokerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks: list[Tick] = []
    with away.hanging_names(monkeypatch) as lookups, away.silent_listener() as silent, away.stopped_redis() as stopped:
        async with Brokers(TICK_SECONDS, lambda _: None, ticks.append) as brokers:
            for number, hanging in enumerate((lookups.address, silent, stopped, NOWHERE)):
                brokers.watch(PoolKey("revrx", f"away-{number}"), hanging, QUEUES)
            brokers.watch(POOL, address, QUEUES)
            await asyncio.sleep(HANGING_SECONDS)

            states = [brokers.latest(PoolKey("revrx", f"away-{number}")).state for number in range(4)]
            assert brokers.latest(POOL).state.reachable
        lateness = sorted(tick.lateness_seconds for tick in ticks if tick.redis == endpoint_of(address).where)

    assert [state.reachable for state in states] == [False] * 4
    assert all(state.failures > 20 for state in states)
    assert len(lateness) > 0.8 * HANGING_SECONDS / TICK_SECONDS
    assert lateness[len(lateness) // 2] < 0.05
    assert lookups.most_at_once == 1


async def test_what_a_reading_costs_is_told(address: BrokerAddress) -> None:
    ticks: list[Tick] = []
    async with Brokers(TICK_SECONDS, lambda _: None, ticks.append) as brokers:
        for number in range(20):
            brokers.watch(PoolKey("revrx", f"pool-{number}"), address, QUEUES)
        await until(lambda: len(ticks) >= 10)

    assert {tick.round_trips for tick in ticks[1:]} == {1}
    assert {tick.redis for tick in ticks} == {endpoint_of(address).where}


async def test_a_thousand_pools_are_told_of_a_reading_fifty_at_a_stretch(
    address: BrokerAddress,
) -> None:
    turns = 0
    told: list[int] = []
    async with Brokers(TICK_SECONDS, lambda _: told.append(turns)) as brokers:
        for number in range(1000):
            brokers.watch(PoolKey("revrx", f"pool-{number}"), address, QUEUES)
        async with asyncio.timeout(20):
            while len(told) < 1000:
                turns += 1
                await asyncio.sleep(0)

    assert max(Counter(told[:1000]).values()) <= 50


async def test_a_redis_that_comes_back_is_read_again() -> None:
    with redis_server() as server:
        async with reading([]) as brokers:
            brokers.watch(POOL, BrokerAddress(server.url), QUEUES)
            await until(lambda: brokers.latest(POOL).state.reachable)
            server.stop()
            await until(lambda: brokers.latest(POOL).state.failures > 0)
            server.start()
            await until(lambda: brokers.latest(POOL).state.reachable)

            assert brokers.latest(POOL).state.failures == 0


async def test_a_pool_that_moves_to_another_redis_forgets_the_first_ones_numbers(address: BrokerAddress) -> None:
    async with reading([]) as brokers:
        brokers.watch(POOL, address, QUEUES)
        await until(lambda: brokers.latest(POOL).state.reachable)
        brokers.watch(POOL, NOWHERE, QUEUES)

        assert brokers.latest(POOL).groups == {}
        await until(lambda: brokers.latest(POOL).state.failures > 0)


async def test_a_forgotten_pool_is_read_no_more(address: BrokerAddress) -> None:
    heard: list[PoolKey] = []
    async with reading(heard) as brokers:
        brokers.watch(POOL, address, QUEUES)
        brokers.watch(OTHER, address, QUEUES)
        await until(lambda: POOL in heard)
        brokers.forget(POOL)
        heard.clear()
        await until(lambda: heard.count(OTHER) >= 3)

    assert POOL not in heard


async def test_no_password_shows_in_what_is_told() -> None:
    async with reading([]) as brokers:
        brokers.watch(POOL, BrokerAddress("redis://:s3cret@localhost:1/0"), QUEUES)
        await until(lambda: brokers.latest(POOL).state.failures > 0)

        assert "s3cret" not in brokers.latest(POOL).state.message
