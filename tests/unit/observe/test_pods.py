"""What a pod's manifest says about taking it away."""

from collections.abc import Sequence
from typing import Any

import pytest

from revrx_operator.kubeapi import Kind
from revrx_operator.model import ClusterView, Manifest, Pod, PoolKey, PoolMemory, RetirementMemory
from revrx_operator.observe.pods import observe_pods, read_pod
from tests.unit.plan.builders import pool_manifest, pool_spec

STARTED = {"name": "worker", "started": True, "state": {"running": {}}}


def manifest(
    name: str = "revrx-celery-worker-rs1-a",
    *,
    group: str = "worker",
    phase: str = "Running",
    node: str | None = "node",
    ready: bool = True,
    container: dict[str, Any] = STARTED,
    owners: Sequence[dict[str, Any]] = ({"uid": "rs-uid", "controller": True},),
    **metadata: Any,
) -> dict[str, Any]:
    labels = {"revrx.io/pool": "revrx-celery", "revrx.io/group": group, **metadata.pop("labels", {})}
    return {
        "metadata": {"name": name, "uid": f"{name}-uid", "ownerReferences": owners, "labels": labels, **metadata},
        "spec": {"nodeName": node} if node else {},
        "status": {
            "phase": phase,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "containerStatuses": [{"name": "sidecar", "started": True, "state": {"running": {}}}, container],
        },
    }


def read(**fields: Any) -> Pod:
    pod = read_pod(manifest(**fields))
    assert pod is not None
    return pod


def test_a_ready_pod_that_nobody_has_marked() -> None:
    assert read() == Pod("revrx-celery-worker-rs1-a", "revrx-celery-worker-rs1-a-uid", "rs-uid")


def test_a_retiring_pod_tells_since_when_and_what_its_deletion_costs() -> None:
    cost = {"controller.kubernetes.io/pod-deletion-cost": "-1000000000"}
    pod = read(labels={"revrx.io/retiring": "1700000000"}, annotations=cost)

    assert (pod.retiring_since, pod.deletion_cost) == (1_700_000_000.0, -1_000_000_000)


def test_a_mark_or_cost_that_is_no_number_is_a_mark_and_no_cost() -> None:
    cost = {"controller.kubernetes.io/pod-deletion-cost": "cheap"}
    pod = read(labels={"revrx.io/retiring": "yes"}, annotations=cost)

    assert (pod.retiring_since, pod.deletion_cost) == (0.0, 0)


@pytest.mark.parametrize(
    ("phase", "node", "stage"),
    [("Pending", None, 0), ("Pending", "node", 1), ("Unknown", "node", 2), ("Running", "node", 3)],
)
def test_how_far_a_pod_is(phase: str, node: str | None, stage: int) -> None:
    assert read(phase=phase, node=node).stage == stage


@pytest.mark.parametrize(
    "container",
    [
        {"name": "worker", "started": False, "state": {"running": {}}},
        {"name": "worker", "started": True, "state": {"terminated": {}}},
        {"name": "worker", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
        {"name": "other", "started": True, "state": {"running": {}}},
    ],
)
def test_a_worker_that_has_not_started_or_does_not_run_holds_no_tasks(container: dict[str, Any]) -> None:
    assert not read(container=container).may_hold_tasks


def test_how_often_the_worker_was_started_anew_whatever_became_of_other_containers() -> None:
    pod = manifest(container={**STARTED, "restartCount": 2})
    pod["status"]["containerStatuses"][0]["restartCount"] = 7

    seen = read_pod(pod)
    assert seen is not None
    assert seen.restarts == 2


def test_a_pod_that_is_being_deleted_is_leaving() -> None:
    assert read(deletionTimestamp="2026-11-22T10:00:00Z").leaving


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_pods_that_have_ended_are_none(phase: str) -> None:
    assert read_pod(manifest(phase=phase)) is None


def test_a_pod_that_belongs_to_no_replica_set_is_none() -> None:
    assert read_pod(manifest(owners=[])) is None
    assert read_pod(manifest(owners=[{"uid": "rs-uid"}])) is None


class ListingApi:
    """Stands for KubeApi: lists what it has, and notes how it was asked."""

    def __init__(self, *pods: Manifest) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self._pods = pods

    async def list(self, kind: Kind, namespace: str, label_selector: str) -> list[Manifest]:
        self.asked.append((kind.name, namespace, label_selector))
        return list(self._pods)


def view(*groups: str, **spec: Any) -> ClusterView:
    deployments = [
        {"kind": "Deployment", "metadata": {"name": f"revrx-celery-{group}", "labels": {"revrx.io/group": group}}}
        for group in groups
    ]
    return ClusterView(
        PoolKey("revrx", "revrx-celery"), pool_manifest(), pool_spec(**spec), children=tuple(deployments)
    )


async def observed(api: ListingApi, view: ClusterView, **look: bool) -> ClusterView:
    memory = PoolMemory(retirement={group: RetirementMemory(look=wanted) for group, wanted in look.items()})
    return await observe_pods(api, view, memory)  # type: ignore[arg-type]


async def test_pods_are_listed_once_for_all_groups_that_are_to_be_looked_at() -> None:
    api = ListingApi(manifest("a"), manifest("b", group="urgent"), manifest("c", group="calm"))

    seen = await observed(api, view("worker", "urgent", "calm"), worker=True, calm=False)

    assert api.asked == [("Pod", "revrx", "revrx.io/pool=revrx-celery")]
    assert {group: [pod.name for pod in pods] for group, pods in seen.pods.items()} == {
        "worker": ["a"],
        "urgent": ["b"],
    }


async def test_a_group_without_pods_has_none_rather_than_being_unknown() -> None:
    assert (await observed(ListingApi(), view("worker"))).pods == {"worker": ()}


async def test_the_pods_of_a_drained_group_are_looked_at_whatever_the_memory_says() -> None:
    """Which counts those that terminate, and so tells when the last one has gone; its Deployment may be gone too."""
    api = ListingApi(manifest("a", deletionTimestamp="2026-11-22T10:00:00Z"))

    for deployments in ((), ("worker",)):
        (pod,) = (await observed(api, view(*deployments, drained=True), worker=False)).pods["worker"]
        assert pod.leaving


async def test_nothing_is_listed_where_nothing_is_to_be_looked_at() -> None:
    api = ListingApi()

    assert (await observed(api, view("worker"), worker=False)).pods == {}
    assert (await observed(api, view())).pods == {}
    assert api.asked == []
