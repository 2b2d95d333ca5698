"""A controller acts while leadership is held, and begins anew when it is held again."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest

from revrx_operator.controller import STUCK_AFTER_SECONDS, Controller
from revrx_operator.lease import Alone
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import PoolKey
from revrx_operator.terms import Terms
from tests.unit.controller.clusters import OTHER, POOL, DictCluster

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]

LEASE = "revrx-worker"


class ByHand(Alone):
    """Leadership that a test gives and takes."""

    def __init__(self) -> None:
        self._held, self._lost = asyncio.Event(), asyncio.Event()

    def give(self) -> None:
        self._lost.clear()
        self._held.set()

    def take(self) -> None:
        self._held.clear()
        self._lost.set()

    async def acquired(self) -> None:
        await self._held.wait()

    async def lost(self) -> None:
        await self._lost.wait()


@pytest.fixture
def cluster() -> DictCluster:
    return DictCluster(POOL, OTHER)


@pytest.fixture
def metrics() -> OperatorMetrics:
    return OperatorMetrics(LEASE)


@asynccontextmanager
async def terms_of(
    cluster: DictCluster, metrics: OperatorMetrics, leadership: Alone, wall: list[float] | None = None
) -> AsyncIterator[Terms]:
    """The wall clock is the loop's, ahead by the number in ``wall``."""
    ahead = wall or [0.0]

    def clock() -> float:
        return asyncio.get_running_loop().time() + ahead[0]

    async def pools() -> Collection[PoolKey]:
        await asyncio.sleep(cluster.seconds_to_observe)
        return tuple(cluster.pools)

    terms = Terms(lambda: Controller(cluster, clock, metrics), pools, metrics, clock)
    running = asyncio.create_task(terms.run(leadership))
    try:
        yield terms
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def leading(metrics: OperatorMetrics) -> float | None:
    return metrics.registry.get_sample_value("revrx_leading", {"lease": LEASE})


async def test_alone_it_acts_at_once(cluster: DictCluster, metrics: OperatorMetrics) -> None:
    async with terms_of(cluster, metrics, Alone()) as terms:
        await asyncio.sleep(0.5)
        assert terms.acts()

    assert cluster.times(POOL) == [0.0]


async def test_it_begins_with_the_pools_that_there_are_and_whoever_stands_by_does_nothing(
    cluster: DictCluster, metrics: OperatorMetrics
) -> None:
    leadership = ByHand()
    async with terms_of(cluster, metrics, leadership) as terms:
        await asyncio.sleep(100)
        assert (cluster.observed, terms.acts(), leading(metrics)) == ([], False, 0)

        del cluster.pools[OTHER]
        leadership.give()
        await asyncio.sleep(0.5)
        assert (cluster.observed, terms.acts(), leading(metrics)) == ([(100.0, POOL)], True, 1)


async def test_to_learn_which_pools_there_are_is_no_loop_that_stands_still(
    cluster: DictCluster, metrics: OperatorMetrics
) -> None:
    cluster.seconds_to_observe = 2 * STUCK_AFTER_SECONDS
    leadership = ByHand()
    async with terms_of(cluster, metrics, leadership) as terms:
        await asyncio.sleep(10 * STUCK_AFTER_SECONDS)
        leadership.give()
        await asyncio.sleep(1)
        assert not terms.acts()
        assert terms.is_alive()


async def test_without_leadership_it_stops_and_in_the_next_term_looks_at_every_pool(
    cluster: DictCluster, metrics: OperatorMetrics
) -> None:
    leadership = ByHand()
    leadership.give()
    async with terms_of(cluster, metrics, leadership) as terms:
        terms.controller.mark(POOL)
        await asyncio.sleep(1)
        first = terms.controller

        leadership.take()
        await asyncio.sleep(1)
        assert terms.controller is not first
        assert terms.controller.state(POOL) is None
        cluster.observed.clear()
        await asyncio.sleep(1000)
        assert (cluster.observed, leading(metrics)) == ([], 0)

        leadership.give()
        await asyncio.sleep(1)
        assert {key for _, key in cluster.observed} == {POOL, OTHER}


async def test_it_is_alive_while_it_stands_by_and_while_its_loop_turns(
    cluster: DictCluster, metrics: OperatorMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    leadership = ByHand()
    async with terms_of(cluster, metrics, leadership) as terms:
        await asyncio.sleep(10 * STUCK_AFTER_SECONDS)
        assert terms.is_alive()

        leadership.give()
        await asyncio.sleep(10 * STUCK_AFTER_SECONDS)
        assert terms.is_alive()

        monkeypatch.setattr(terms.controller, "is_alive", lambda: False)
        assert not terms.is_alive()
        leadership.take()
        await asyncio.sleep(1)
        assert terms.is_alive()


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
async def test_a_clock_that_is_set_begins_a_new_term(
    cluster: DictCluster, metrics: OperatorMetrics, jump: float, caplog: pytest.LogCaptureFixture
) -> None:
    wall = [0.0]
    async with terms_of(cluster, metrics, Alone(), wall) as terms:
        first = terms.controller
        await asyncio.sleep(100)
        wall[0] = jump
        await asyncio.sleep(1)

        assert terms.controller is not first
        assert set(cluster.pools) <= {key for at, key in cluster.observed if at >= 100}
        assert leading(metrics) == 1

    assert f"the clock was set by {jump:+.0f} s" in caplog.text


async def test_a_clock_that_is_corrected_little_by_little_ends_no_term(
    cluster: DictCluster, metrics: OperatorMetrics
) -> None:
    wall = [0.0]
    async with terms_of(cluster, metrics, Alone(), wall) as terms:
        first = terms.controller
        for _ in range(3600):
            wall[0] += 0.01
            await asyncio.sleep(1)

        assert terms.controller is first
