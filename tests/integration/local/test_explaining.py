"""Why, told four times: by the explanation over HTTP, the status, the event in the log and the metric."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import redis
from prometheus_client import CollectorRegistry

from revrx_operator.apply.local import LocalWorkers
from revrx_operator.explain.lookup import Ask, at_url
from revrx_operator.explain.report import Explanation, Inputs
from revrx_operator.lease import Alone
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.pool_metrics import PoolMetrics
from revrx_operator.run import local_terms
from revrx_operator.serving import serving
from revrx_operator.terms import Terms
from tests.integration.local.conftest import SLEEPER, pool
from tests.waiting import PATIENCE_SECONDS, until

ASK_SECONDS = 0.2

Nap = Callable[[str, float], object]


@asynccontextmanager
async def explained(workers: LocalWorkers) -> AsyncIterator[tuple[Terms, Ask]]:
    """The operator at work, and a way to ask it over HTTP."""
    metrics = OperatorMetrics()
    terms = local_terms(workers, metrics)
    running = asyncio.create_task(terms.run(Alone()))
    try:
        async with (
            serving(lambda: terms.controller, metrics, "127.0.0.1", 0) as port,
            at_url(f"http://127.0.0.1:{port}", None, "naps") as ask,
        ):
            yield terms, ask
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_explanation_status_event_and_metric_give_one_reason(
    broker: redis.Redis, nap: Nap, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    two = pool(maxReplicas=2, tasksPerReplica=4)
    async with LocalWorkers(two, SLEEPER) as workers, explained(workers) as (terms, ask):
        for number in range(12):
            nap(str(number), 300.0)
        await until(lambda: workers.status.get("reason") == "MaxReplicas")
        await until(lambda: workers.ready_replicas == 2)
        (told,) = workers.status["groups"]
        (group,) = (await ask()).groups
        registry = CollectorRegistry()
        registry.register(PoolMetrics(terms.controller.states()))

    assert (group.goal.replicas, group.goal.reason) == (told["desiredReplicas"], told["reason"]) == (2, "MaxReplicas")
    assert group.decisions[-1].message in caplog.text
    assert "Normal, MaxReplicas: group worker: 0 → 2 replicas; maxReplicas is 2; 12 waiting" in caplog.text
    labels = {"namespace": "local", "pool": "naps", "group": "worker"}
    assert registry.get_sample_value("revrx_desired_reason", {**labels, "reason": "MaxReplicas"}) == 1
    assert registry.get_sample_value("revrx_desired_replicas", labels) == 2


async def test_the_explanation_of_a_pool_at_rest_is_the_status_word_for_word(broker: redis.Redis) -> None:
    async with LocalWorkers(pool(), SLEEPER) as workers, explained(workers) as (_, ask):
        await until(lambda: workers.status.get("reason") == "Idle")
        (told,) = workers.status["groups"]
        explanation = await ask()

    assert [(g.goal.reason, g.goal.message) for g in explanation.groups] == [(told["reason"], told["message"])]
    assert [(c.type, c.status, c.reason, c.message) for c in explanation.conditions] == [
        (c["type"], c["status"], c["reason"], c["message"]) for c in workers.status["conditions"]
    ]


async def test_what_waits_and_runs_is_told_as_redis_and_the_workers_have_it(broker: redis.Redis, nap: Nap) -> None:
    async with LocalWorkers(pool(minReplicas=1, maxReplicas=1), SLEEPER) as workers, explained(workers) as (_, ask):
        await until(lambda: workers.ready_replicas == 1)
        for number in range(9):
            nap(str(number), 300.0)
        inputs = await told_when_running(ask)

    assert inputs == (9, 2, 1, True)


async def told_when_running(ask: Ask) -> tuple[int, int, int, bool]:
    """Tasks in all, slots in use, workers heard, and whether the oldest wait is known, once two tasks run."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            inputs = inputs_of(await ask())
            if inputs is not None and inputs.slots_in_use == 2 and inputs.workers_heard:
                waits = inputs.oldest_wait is not None
                return inputs.waiting + inputs.running, inputs.slots_in_use, inputs.busy, waits
            await asyncio.sleep(ASK_SECONDS)


def inputs_of(explanation: Explanation) -> Inputs | None:
    (group,) = explanation.groups
    return group.inputs
