from typing import Any

import pytest

from revrx_operator.model import Manifest, Plan, PoolMemory, QueueLoad, ScalingMemory, Workload
from revrx_operator.plan.pool import plan_pool
from revrx_operator.plan.suspension import may_raise
from tests.unit.plan.builders import (
    HPA,
    NOW,
    PDB,
    autoscaler,
    child,
    pool_snapshot,
    pool_spec,
    scaling_memory,
    worker_group,
)
from tests.unit.plan.plans import applied, condition, plan

CASES = [
    pytest.param({"memory_percent": 95}, [[1, 5]], False, id="memory is above its target and fewer are wanted"),
    pytest.param({"memory_percent": 80}, [[1, 5]], True, id="memory is at its target"),
    pytest.param({"memory_percent": None}, [[1, 5]], True, id="nobody measures memory"),
    pytest.param({"memory_percent": 95}, [[1, 6]], True, id="as many are wanted as run"),
    pytest.param({"memory_percent": 95}, [[1, 7]], True, id="more are wanted than run"),
    pytest.param({"memory_percent": 95}, [[100, 6], [1, 5]], True, id="as many were wanted within the window"),
    pytest.param({"memory_percent": 95}, [], True, id="nobody knows yet what is wanted"),
]
SUSPENDED = [
    pytest.param({"memory_percent": 95}, [[1, 5]], False, id="fewer are still wanted"),
    pytest.param({"memory_percent": 95}, [[1, 6]], False, id="as many are wanted as run"),
    pytest.param({"memory_percent": 95}, [[100, 8], [1, 6]], False, id="more were wanted within the window"),
    pytest.param({"memory_percent": 95}, [[1, 7]], True, id="more are wanted than run"),
    pytest.param({"memory_percent": 80}, [[1, 5]], True, id="memory is back at its target"),
    pytest.param({"memory_percent": None}, [[1, 5]], True, id="nobody measures memory any more"),
    pytest.param({"memory_percent": 95}, [], False, id="nobody knows yet what is wanted"),
]


@pytest.mark.parametrize(("measured", "wanted", "expected"), CASES)
def test_the_autoscaler_raises_unless(measured: dict[str, Any], wanted: list[Any], expected: bool) -> None:
    assert may_raise(Workload(6, **measured), scaling_memory(wanted=wanted), 80) is expected


@pytest.mark.parametrize(("measured", "wanted", "expected"), SUSPENDED)
def test_once_suspended_it_raises_again_only_when(measured: dict[str, Any], wanted: list[Any], expected: bool) -> None:
    workload = Workload(6, **measured, autoscaler_raises=False)
    assert may_raise(workload, scaling_memory(wanted=wanted), 80) is expected


def test_a_new_group_has_an_autoscaler_that_raises() -> None:
    assert may_raise(None, ScalingMemory(), 80)


def planned(replicas: int, hpa: Manifest, waiting: int = 0, memory: PoolMemory | None = None, **spec: Any) -> Plan:
    children = (child(replicas=replicas), hpa, child(PDB))
    snapshot = pool_snapshot(pool_spec(**spec), *children, loads={"worker": QueueLoad(waiting=waiting)})
    return plan_pool(snapshot, memory or PoolMemory())


def remembering(*wanted: Any) -> PoolMemory:
    return PoolMemory(scaling={"worker": scaling_memory(wanted=wanted)})


def applied_hpa(made: Plan) -> Manifest:
    return dict(applied(made, HPA)["spec"])


def scale_up(made: Plan) -> str:
    return str(applied_hpa(made)["behavior"]["scaleUp"]["selectPolicy"])


def told(made: Plan) -> tuple[str, str, str]:
    return condition(made, "MemoryAboveTarget")


HUNGRY: dict[str, Any] = {"currentReplicas": 8, "active": "True", "used": {"memory": 120}}


def test_a_fleet_that_memory_would_keep_at_its_maximum_shrinks_and_says_so() -> None:
    made = planned(8, autoscaler(**HUNGRY), memory=remembering([1, 2]))

    assert made.decisions["worker"][0] == 4
    assert scale_up(made) == "Disabled"
    status, reason, message = told(made)
    assert (status, reason) == ("True", "AboveTarget")
    assert message.startswith(
        "group worker uses 120 % of its requested memory, its target is 80 %. More workers do not cure that"
    )
    assert message.endswith("raise resources.requests.memory, look for a leak, or lower maxTasksPerChild")


def test_the_autoscaler_raises_again_when_demand_returns() -> None:
    suspended = autoscaler(**HUNGRY, selectPolicy="Disabled")

    assert scale_up(planned(8, suspended, waiting=64)) == "Disabled"
    assert scale_up(planned(8, suspended, waiting=65)) == "Max"


def test_without_metrics_a_group_shrinks_and_no_memory_is_complained_about() -> None:
    made = planned(8, autoscaler(currentReplicas=8, active="False", used=None), memory=remembering([1, 2]))

    assert made.decisions["worker"][0] == 4
    assert scale_up(made) == "Max"
    assert told(made) == ("False", "NotMeasured", "no HorizontalPodAutoscaler tells how much is used")


def test_memory_within_its_target_is_told() -> None:
    made = planned(8, autoscaler(**HUNGRY | {"used": {"memory": 80}}))

    assert told(made) == ("False", "WithinTarget", "no group uses more memory than its target")


def test_every_group_above_its_target_is_named() -> None:
    spec = pool_spec(worker_group(), worker_group(name="urgent", queues=["urgent"], scaling={"memoryUtilization": 50}))
    children = [
        made
        for name in ("revrx-celery-worker", "revrx-celery-urgent")
        for made in (child(name=name), autoscaler(name, **HUNGRY))
    ]

    _, _, message = told(plan(pool_snapshot(spec, *children, loads={})))

    assert "group worker uses 120 %" in message
    assert "group urgent uses 120 % of its requested memory, its target is 50 %" in message


def test_the_autoscalers_maximum_is_the_ceiling_in_force() -> None:
    window = {"start": "0 22 * * *", "end": "0 6 * * *", "maxReplicas": 4}
    group = worker_group(scaling={"windows": [window]}).model_dump(by_alias=True)

    assert applied_hpa(planned(2, autoscaler(), workers=[group]))["maxReplicas"] == 4
    assert applied_hpa(planned(6, autoscaler(), workers=[group]))["maxReplicas"] == 6
    assert applied_hpa(planned(2, autoscaler(), workers=[group], paused=True))["maxReplicas"] == 4


def test_the_autoscalers_minimum_is_the_users_and_at_least_one() -> None:
    group = worker_group(scaling={"minReplicas": 0}).model_dump(by_alias=True)

    assert applied_hpa(planned(2, autoscaler()))["minReplicas"] == 2
    assert applied_hpa(planned(2, autoscaler(), workers=[group]))["minReplicas"] == 1


def test_a_fall_that_the_autoscaler_wrote_over_a_rise_is_raised_again() -> None:
    (first,) = planned(3, autoscaler(), waiting=64).scales
    (again,) = planned(
        5, autoscaler(), waiting=64, memory=PoolMemory(scaling={"worker": ScalingMemory(((NOW, 8),))})
    ).scales

    assert (first.current, first.replicas) == (3, 8)
    assert (again.current, again.replicas) == (5, 8)
