"""What the controller tells of its pools and its runs."""

import asyncio
from dataclasses import replace

import pytest

from revrx_operator.kubeapi import ApiError
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import BrokerAddress
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
    cluster = DictCluster(POOL, OTHER)
    for key, view in cluster.pools.items():
        cluster.pools[key] = replace(view, key=key, broker=BrokerAddress("redis://127.0.0.1:1/0"))

    def told() -> str:
        """What the last status of the pool says of its queues."""
        *_, status = (plan.status for key, plan in cluster.carried_out if key == POOL)
        assert status is not None
        return str(next(entry["message"] for entry in status["conditions"] if entry["type"] == "QueueShared"))

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
