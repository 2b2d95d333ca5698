from dataclasses import asdict
from typing import Any

import pytest

from revrx_operator.objects import controller_uid
from revrx_operator.plan.children import replicas_are_handed_over, workload_of
from tests.unit.cases import load_cases
from tests.unit.plan.builders import autoscaler, child


@pytest.mark.parametrize("case", load_cases(__file__, "workload.yaml"))
def test_what_runs_for_a_group_is_read_from_its_deployment_and_its_autoscaler(case: dict[str, Any]) -> None:
    given = case["given"]
    deployment = {
        "metadata": {"generation": given["generation"]} if "generation" in given else {},
        "spec": {"replicas": given["replicas"]} if "replicas" in given else {},
        "status": given.get("status", {}),
    }

    workload = asdict(workload_of(deployment, autoscaler(**given["hpa"]) if "hpa" in given else None))

    assert {field: workload[field] for field in case["workload"]} == case["workload"]


def test_objects_that_nobody_has_looked_at_yet_say_nothing() -> None:
    made: dict[str, Any] = {"metadata": {}, "spec": {}}

    workload = workload_of(made, made)

    assert (workload.replicas, workload.existing, workload.ready, workload.rolling) == (1, 0, 0, False)
    assert (workload.cpu, workload.memory_percent, workload.autoscaler_raises) == (None, None, True)


def test_an_object_belongs_to_the_one_that_controls_it() -> None:
    referring = {"ownerReferences": [{"uid": "friend"}, {"uid": "pool-uid", "controller": True}]}

    assert controller_uid({"metadata": referring}) == "pool-uid"
    assert controller_uid({"metadata": {"ownerReferences": [{"uid": "friend"}]}}) is None
    assert controller_uid({"metadata": {}}) is None


@pytest.mark.parametrize(
    ("managers", "handed_over"),
    [
        (("revrx-operator",), False),
        (("revrx-operator", "revrx-scaler"), True),
        (("revrx-scaler",), True),
        (("kube-controller-manager",), True),
        ((), True),
    ],
)
def test_replicas_are_handed_over_unless_only_the_operators_apply_owns_them(
    managers: tuple[str, ...], handed_over: bool
) -> None:
    deployment = child(managers=managers)
    deployment["metadata"]["managedFields"] += [{"manager": "kubectl"}, {"manager": "helm", "fieldsV1": {"f:spec": {}}}]

    assert replicas_are_handed_over(deployment) is handed_over
