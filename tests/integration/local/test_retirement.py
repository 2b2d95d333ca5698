"""Replicas are taken from real Celery workers by an operator that is killed after each step that it takes."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest
import redis

from revrx_operator.apply.local import LocalWorkers
from revrx_operator.control import RemoteControl
from revrx_operator.model import (
    BrokerReading,
    BrokerState,
    GroupReading,
    Plan,
    PoolMemory,
    PoolSnapshot,
    QueueLoad,
)
from revrx_operator.plan.pool import plan_pool
from tests.integration.local.conftest import SLEEPER, pool
from tests.waiting import until

Nap = Callable[[str, float], object]
pytestmark = pytest.mark.timeout(240)

FOUR_REPLICAS = QueueLoad(waiting=32)
TWO_REPLICAS = QueueLoad()
LIVES = 20
LIFE_SECONDS = 30.0


@pytest.fixture
async def workers(broker: redis.Redis) -> AsyncIterator[LocalWorkers]:
    """Four workers of two slots, ready."""
    scaling = {"minReplicas": 2, "scaleDown": {"stabilizationSeconds": 0, "maxReplicasPerMinute": 100}}
    async with LocalWorkers(pool(**scaling), SLEEPER) as workers:
        await Operator(workers, FOUR_REPLICAS).run()
        await until(lambda: workers.ready_replicas == 4)
        yield workers


class Operator:
    """What the controller does, a step at a time; with a new one everything that it remembers is gone."""

    def __init__(self, workers: LocalWorkers, load: QueueLoad) -> None:
        self._workers = workers
        self._load = load
        self._memory = PoolMemory()
        self.steps = 0

    async def run(self, most_steps: int = 100) -> bool:
        """One run, cut off where the operator has taken so many steps; says whether all is done."""
        view = await self._workers.observe(self._workers.key, self._memory)
        reading = BrokerReading(BrokerState(reachable=True), {"worker": GroupReading(self._load)})
        plan = plan_pool(PoolSnapshot(time.time(), view, reading), self._memory)
        confirmed: dict[str, float] = {}
        for step in _steps(plan):
            if self.steps == most_steps:
                return False
            outcome = await self._workers.carry_out(step, view)
            confirmed |= dict.fromkeys(outcome.cancelled, time.time())
            self.steps += 1
        self._memory = _with_cancelled(plan.memory, confirmed)
        await asyncio.sleep(min(0.2 if plan.retry_after is None else plan.retry_after, 1.0))
        return plan.retry_after is None and not plan.scales

    async def live(self, most_steps: int) -> bool:
        """Run until all is done, which it says, or so many steps are taken."""
        async with asyncio.timeout(LIFE_SECONDS):
            while self.steps < most_steps:
                if await self.run(most_steps):
                    return True
        return False


def _steps(plan: Plan) -> Iterator[Plan]:
    yield from (Plan(applies=(manifest,)) for manifest in plan.applies if "replicas" in manifest["spec"])
    yield from (Plan(restores=(restore,)) for restore in plan.restores)
    yield from (Plan(marks=(mark,)) for mark in plan.marks)
    yield from (Plan(cancels=(cancel,)) for cancel in plan.cancels)
    yield from (Plan(scales=(scale,)) for scale in plan.scales)


def _with_cancelled(memory: PoolMemory, confirmed: dict[str, float]) -> PoolMemory:
    return replace(memory, cancelled={**memory.cancelled, **confirmed})


async def dying_after_each_step(workers: LocalWorkers, load: QueueLoad) -> int:
    """The first operator dies after one step, the next after two, until one has nothing left to do; how many died."""
    for deaths in range(LIVES):
        if await Operator(workers, load).live(most_steps=deaths + 1):
            return deaths
    raise AssertionError(f"{LIVES} operators have not done it")


async def queues_of(workers: LocalWorkers) -> list[frozenset[str]]:
    view = await workers.observe(workers.key, PoolMemory())
    names = [f"worker@{pod.name}" for pod in view.pods["worker"] if not pod.leaving]
    async with RemoteControl() as remote:
        answers = await remote.ask(view.broker, names)
    return [answers[name].queues for name in names]


async def begun(broker: redis.Redis, count: int) -> None:
    await until(lambda: broker.llen("begun") == count)


async def test_busy_workers_finish_before_they_go_whenever_the_operator_dies(
    workers: LocalWorkers, broker: redis.Redis, nap: Nap
) -> None:
    for number in range(5):
        nap(str(number), 6.0)
    await begun(broker, 5)

    deaths = await dying_after_each_step(workers, TWO_REPLICAS)

    assert deaths >= 4
    assert sorted(broker.lrange("begun", 0, -1)) == ["0", "1", "2", "3", "4"]
    assert sorted(broker.lrange("ended", 0, -1)) == ["0", "1", "2", "3", "4"]
    assert workers.ready_replicas == 2
    assert await queues_of(workers) == [frozenset({"naps"})] * 2


async def test_workers_that_are_needed_again_are_given_back_whenever_the_operator_dies(
    workers: LocalWorkers, broker: redis.Redis, nap: Nap
) -> None:
    for number in range(8):
        nap(str(number), 6.0)
    await begun(broker, 8)
    await Operator(workers, TWO_REPLICAS).live(most_steps=4)
    assert sorted(await queues_of(workers), key=len) == [frozenset(), frozenset(), {"naps"}, {"naps"}]

    await dying_after_each_step(workers, FOUR_REPLICAS)

    assert await queues_of(workers) == [frozenset({"naps"})] * 4
    assert workers.ready_replicas == 4
    await until(lambda: broker.llen("ended") == 8)
    assert broker.llen("begun") == 8
