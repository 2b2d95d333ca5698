"""What the controller tells of its pools and its runs."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from revrx_operator.controller import LISTED_SECONDS
from revrx_operator.kubeapi import ApiError
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import BrokerAddress, Manifest, PoolKey
from tests.unit.controller.clusters import OTHER, POOL, DictCluster
from tests.unit.controller.test_controller import running

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]


async def test_a_pool_is_known_with_its_decision_once_it_was_reconciled() -> None:
    cluster = DictCluster(POOL)
    async with running(cluster) as controller:
        assert controller.state(POOL) is None
        controller.mark(POOL)
        await asyncio.sleep(1)
        state = controller.state(POOL)

    assert state is not None
    assert state.snapshot.view.key == POOL
    decided = cluster.carried_out[-1][1].decisions["worker"]
    assert (state.history["worker"].replicas, state.history["worker"].reason) == decided


async def test_a_pool_that_is_gone_is_told_no_more() -> None:
    cluster = DictCluster(POOL, OTHER)
    async with running(cluster) as controller:
        controller.mark(POOL)
        controller.mark(OTHER)
        await asyncio.sleep(1)
        del cluster.pools[POOL]
        controller.mark(POOL)
        await asyncio.sleep(1)

        assert [state.snapshot.view.key for state in controller.states()] == [OTHER]
        assert controller.state(POOL) is None


async def test_a_decision_that_could_not_be_carried_out_is_not_remembered() -> None:
    cluster = DictCluster(POOL)
    cluster.carry_out = refuse  # type: ignore[method-assign, assignment]
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(1)
        state = controller.state(POOL)

    assert state is not None
    assert state.history == {}


async def refuse(*_: object) -> None:
    raise ApiError(500, "etcd is away")


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (ApiError(409, "somebody scaled"), "conflict"),
        (ApiError(500, "etcd is away"), "api"),
        (KeyError("a defect"), "defect"),
    ],
)
async def test_runs_are_timed_and_their_failures_are_counted_by_cause(fault: Exception, cause: str) -> None:
    cluster, metrics = DictCluster(POOL, OTHER), OperatorMetrics()
    cluster.faults[POOL] = fault
    async with running(cluster, metrics) as controller:
        controller.mark(OTHER)
        controller.mark(POOL)
        await asyncio.sleep(0.1)

    assert metrics.registry.get_sample_value("revrx_reconcile_errors_total", {"cause": cause}) == 1
    assert metrics.registry.get_sample_value("revrx_reconcile_seconds_count") == 2


async def test_pools_that_take_one_queue_tell_of_each_other_until_one_is_gone() -> None:
    cluster = on_one_redis()

    def told() -> str:
        """What the last status of the pool says of its queues."""
        return str(told_of_queues(cluster, POOL)[-1]["message"])

    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(0.1)
        controller.mark(OTHER)
        await asyncio.sleep(0.1)
        assert f"queue reports with pool {OTHER}:" in told()
        assert [key for key, _ in cluster.carried_out] == [POOL, OTHER, POOL]

        del cluster.pools[OTHER]
        controller.mark(OTHER)
        await asyncio.sleep(0.1)
        assert told() == "no other pool takes tasks from these queues"


async def test_a_start_of_the_operator_lets_no_warning_of_shared_queues_fall_while_a_pool_is_yet_to_be_heard() -> None:
    """Whose Secret the API server does not hand out at first, for instance."""
    cluster = on_one_redis(stands="True")
    cluster.faults[OTHER] = ApiError(500, "etcd is away")
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(1)
        controller.mark(OTHER)
        await asyncio.sleep(3 * LISTED_SECONDS)
        del cluster.faults[OTHER]
        await asyncio.sleep(3 * LISTED_SECONDS)

    told = told_of_queues(cluster, POOL)
    assert {entry["status"] for entry in told} == {"True"}
    assert told[-1]["message"].startswith(f"shares queue reports with pool {OTHER}:")
    assert [
        event for _, plan in cluster.carried_out for event in plan.events if "share" in event.reason.code.lower()
    ] == []


async def test_a_warning_that_nobody_bears_out_any_more_ends_soon_after_a_start() -> None:
    cluster = on_one_redis(stands="True")
    del cluster.pools[OTHER]
    async with running(cluster) as controller:
        controller.mark(POOL)
        await asyncio.sleep(LISTED_SECONDS + 6)

    assert told_of_queues(cluster, POOL)[-1]["status"] == "False"


async def test_pools_share_a_queue_also_while_the_redis_of_one_cannot_be_told() -> None:
    cluster = on_one_redis()
    view = cluster.pools[OTHER]
    async with running(cluster) as controller:
        controller.mark(POOL)
        controller.mark(OTHER)
        await asyncio.sleep(1)
        for unreadable in (replace(view, broker=None), replace(view, spec=None, spec_errors=("spec: is no spec",))):
            cluster.pools[OTHER] = unreadable
            controller.mark(OTHER)
            await asyncio.sleep(1)
            controller.mark(POOL)
            await asyncio.sleep(1)

    assert told_of_queues(cluster, POOL)[-1]["status"] == told_of_queues(cluster, OTHER)[-1]["status"] == "True"


def on_one_redis(stands: str = "") -> DictCluster:
    """Two pools that take one queue; what their status says of that stands already where it is given."""
    cluster = DictCluster(POOL, OTHER)
    for key, view in cluster.pools.items():
        pool: dict[str, Any] = {**view.pool}
        if stands:
            entry = {"type": "QueueShared", "reason": "SharedWithPool", "message": "", "lastTransitionTime": ""}
            pool["status"] = {"conditions": [{**entry, "status": stands}]}
        cluster.pools[key] = replace(view, key=key, pool=pool, broker=BrokerAddress("redis://127.0.0.1:1/0"))
    return cluster


def told_of_queues(cluster: DictCluster, pool: PoolKey) -> list[Manifest]:
    """What each status that was written says of the pool's queues."""
    written = [plan.status for key, plan in cluster.carried_out if key == pool and plan.status]
    return [entry for status in written for entry in status["conditions"] if entry["type"] == "QueueShared"]
