"""The controller on a fake clock, with a cluster that is a dict and no Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from revrx_operator.controller import LONGEST_BACKOFF_SECONDS, RESYNC_SECONDS, WORKERS, Controller
from revrx_operator.kubeapi import ApiError
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import Plan, PoolKey
from tests.unit.controller.clusters import OTHER, POOL, DictCluster

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]


@asynccontextmanager
async def running(cluster: DictCluster, metrics: OperatorMetrics | None = None) -> AsyncIterator[Controller]:
    loop = asyncio.get_running_loop()
    controller = Controller(cluster, loop.time, metrics)
    task = asyncio.create_task(controller.run())
    try:
        yield controller
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_marked_pool_is_observed_planned_and_carried_out() -> None:
    cluster = DictCluster(POOL)
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(0.5)

    ((key, plan),) = cluster.carried_out
    assert key == POOL
    assert [manifest["kind"] for manifest in plan.applies] == [
        "Deployment",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
    ]


async def test_a_burst_of_events_is_one_run() -> None:
    cluster = DictCluster(POOL)
    async with running(cluster) as controller:
        for _ in range(50):
            controller.mark(POOL)
        await asyncio.sleep(0.5)

    assert len(cluster.carried_out) == 1


async def test_a_pool_never_runs_twice_at_a_time_and_what_came_meanwhile_is_not_lost() -> None:
    cluster = DictCluster(POOL)
    cluster.seconds_to_observe = 5
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(1)
        controller.mark(POOL)
        await asyncio.sleep(20)

    assert cluster.most_running == 1
    assert cluster.times(POOL) == [0, 5]


async def test_different_pools_run_side_by_side() -> None:
    cluster = DictCluster(POOL, OTHER)
    cluster.seconds_to_observe = 5
    async with running(cluster) as controller:
        controller.mark(POOL)
        controller.mark(OTHER)
        await asyncio.sleep(20)

    assert cluster.most_running == 2


async def test_a_new_pool_goes_before_what_became_of_the_children_of_others() -> None:
    others = [PoolKey("revrx", f"pool-{number}") for number in range(2 * WORKERS)]
    cluster = DictCluster(POOL, *others)
    cluster.seconds_to_observe = 5
    async with running(cluster) as controller:
        for key in others:
            controller.mark_child(key)
        await asyncio.sleep(2)
        controller.mark(POOL)
        await asyncio.sleep(20)

    assert [key for _, key in cluster.observed].index(POOL) == WORKERS


async def test_a_pool_without_events_is_looked_at_now_and_then() -> None:
    cluster = DictCluster(POOL)
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(10 * RESYNC_SECONDS)

    assert 9 <= len(cluster.times(POOL)) <= 12


async def test_failures_are_tried_again_ever_less_often() -> None:
    cluster = DictCluster(POOL)
    cluster.faults[POOL] = ApiError(500, "etcd is away")
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(120)

    gaps = [later - earlier for earlier, later in zip(cluster.times(POOL), cluster.times(POOL)[1:], strict=False)]
    assert gaps[0] <= 0.5
    assert all(LONGEST_BACKOFF_SECONDS / 2 <= gap <= LONGEST_BACKOFF_SECONDS for gap in gaps[6:])


async def test_after_a_success_the_next_failure_is_tried_again_soon() -> None:
    cluster = DictCluster(POOL)
    cluster.faults[POOL] = ApiError(500, "etcd is away")
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(60)
        del cluster.faults[POOL]
        await asyncio.sleep(60)
        cluster.faults[POOL] = ApiError(500, "etcd is away")
        before = len(cluster.times(POOL))
        controller.mark(POOL)
        await asyncio.sleep(1)

    assert len(cluster.times(POOL)) - before >= 2


async def test_a_defect_that_one_pool_brings_out_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    cluster = DictCluster(POOL, OTHER)
    cluster.faults[POOL] = KeyError("a defect")
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(10)
        controller.mark(OTHER)
        await asyncio.sleep(1)

    assert {key for key, _ in cluster.carried_out} == {OTHER}
    assert "revrx/revrx-celery: this run failed, which is a defect" in caplog.text


async def test_a_refusal_is_told_in_the_status_and_tried_again_until_it_is_gone() -> None:
    cluster = DictCluster(POOL)
    sentence = "the API server refuses Deployment revrx-celery-worker: image is required"
    cluster.refusals = {"revrx-celery-worker": sentence}
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(100)
        refused = [ready_condition(plan) for _, plan in cluster.carried_out if plan.status]
        cluster.refusals = {}
        await asyncio.sleep(100)
        healed = ready_condition(cluster.carried_out[-1][1])

    assert refused[0] == ("Refused", sentence)
    assert len(refused) == 4
    assert healed[0] == "ReplicasNotReady"


def ready_condition(plan: Plan) -> tuple[str, str]:
    assert plan.status is not None
    ready = next(entry for entry in plan.status["conditions"] if entry["type"] == "Ready")
    return ready["reason"], ready["message"]


async def test_a_pool_that_is_gone_is_forgotten_and_not_looked_at_again() -> None:
    cluster = DictCluster(POOL)
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(1)
        del cluster.pools[POOL]
        await asyncio.sleep(20 * RESYNC_SECONDS)

    assert cluster.forgotten == [POOL]
    assert len(cluster.times(POOL)) == 2


async def test_the_controller_is_alive_as_long_as_its_loop_turns() -> None:
    cluster = DictCluster()
    async with running(cluster) as controller:
        await asyncio.sleep(1000)
        assert controller.is_alive()

    await asyncio.sleep(1000)
    assert not controller.is_alive()


async def test_after_a_failure_what_the_watches_told_is_read_anew() -> None:
    cluster = DictCluster(POOL)
    cluster.faults[POOL] = ApiError(409, "somebody scaled")
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(0.1)
        assert cluster.refreshed == []
        del cluster.faults[POOL]
        await asyncio.sleep(1)

    assert cluster.refreshed == [POOL]


async def test_the_watches_are_believed_until_the_next_resync() -> None:
    cluster = DictCluster(POOL)
    async with running(cluster) as controller:
        for _ in range(20):
            controller.mark(POOL)
            await asyncio.sleep(1)
        assert cluster.refreshed == []
        await asyncio.sleep(2 * RESYNC_SECONDS)

    assert 1 <= len(cluster.refreshed) <= 2
