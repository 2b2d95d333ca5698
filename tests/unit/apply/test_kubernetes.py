"""The order of the writes, and what is done when one is refused. What a real API server makes of them: tests/e2e."""

from collections.abc import Sequence
from typing import Any

import pytest

from revrx_operator.api import RETIRING_LABEL
from revrx_operator.apply.kubernetes import KubernetesApplier
from revrx_operator.kubeapi import DELETION_COST, ApiError, Kind
from revrx_operator.model import (
    BrokerAddress,
    ClusterView,
    Handover,
    Manifest,
    ObjectKey,
    Outcome,
    Plan,
    PodMark,
    PoolKey,
    Reason,
    Restore,
    Scale,
    WorkerQueues,
)
from tests.unit.plan.builders import pool_manifest, pool_spec


class RecordingApi:
    """Stands for KubeApi: notes each write in a word or two, and refuses those it was told to."""

    def __init__(self, refused: dict[str, int] | None = None) -> None:
        self.writes: list[str] = []
        self.bodies: list[Any] = []
        self._refused = refused or {}
        self.gone: set[str] = set()
        self.made: list[str] = []
        """What was to be made only where there was none."""

    def _note(self, write: str, body: Any) -> None:
        self.writes.append(write)
        self.bodies.append(body)
        if write in self._refused:
            raise ApiError(self._refused[write], "refused by the test")

    async def apply(
        self, manifest: Manifest, *, manager: str, force: bool, new: bool = False, subresource: str = ""
    ) -> Manifest:
        what = subresource or manifest["kind"]
        if new:
            self.made.append(what)
        self._note(f"apply {what} by {manager}{' with force' if force else ''}", manifest)
        return {**manifest, "metadata": {**manifest["metadata"], "uid": "uid"}}

    async def patch(self, kind: Kind, namespace: str, name: str, operations: Sequence[Manifest], manager: str) -> None:
        self._note(f"patch {kind.name} by {manager}", operations)

    async def merge_metadata(self, kind: Kind, namespace: str, name: str, metadata: Manifest, manager: str) -> bool:
        self._note(f"mark {kind.name} {name}", metadata)
        return name not in self.gone

    async def delete(self, kind: Kind, namespace: str, name: str) -> None:
        self._note(f"delete {kind.name} {name}", None)


class RecordingRemote:
    """Stands for RemoteControl: notes each command, and confirms it for all but the silent."""

    def __init__(self, writes: list[str], silent: tuple[str, ...] = ()) -> None:
        self._writes = writes
        self._silent = silent

    async def cancel(self, address: BrokerAddress | None, workers: Sequence[WorkerQueues]) -> frozenset[str]:
        return self._tell("cancel", workers)

    async def resume(self, address: BrokerAddress | None, workers: Sequence[WorkerQueues]) -> frozenset[str]:
        return self._tell("resume", workers)

    def _tell(self, command: str, workers: Sequence[WorkerQueues]) -> frozenset[str]:
        self._writes.extend(f"{command} {worker.pod}" for worker in workers)
        return frozenset(worker.pod for worker in workers) - {*self._silent}


NAMES = ("revrx-celery-worker", "revrx-celery-urgent")
APPLY = "apply Deployment by revrx-operator with force"
HAND_OVER = "apply Deployment by revrx-scaler"
PATCH = "patch Deployment by revrx-scaler"
STATUS = "apply status by revrx-operator with force"


def deployment(**spec: Any) -> Manifest:
    return {"kind": "Deployment", "metadata": {"name": "revrx-celery-worker", "namespace": "revrx"}, "spec": spec}


async def carried_out(plan: Plan, api: RecordingApi, *silent: str) -> Outcome:
    applier = KubernetesApplier(api, RecordingRemote(api.writes, silent))  # type: ignore[arg-type]
    return await applier.carry_out(plan, view())


def view(*children: Manifest) -> ClusterView:
    return ClusterView(PoolKey("revrx", "revrx-celery"), pool_manifest(), pool_spec(), children=children)


async def test_a_group_whose_deployment_is_refused_is_not_half_made_and_the_others_go_on() -> None:
    api = RecordingApi(refused={APPLY: 422})
    budgets = [
        {"kind": "PodDisruptionBudget", "metadata": {"name": n, "namespace": "revrx"}, "spec": {}} for n in NAMES
    ]

    outcome = await carried_out(Plan(applies=(deployment(), *budgets), status={}), api)

    assert outcome.refusals == {
        "revrx-celery-worker": "the API server refuses Deployment revrx-celery-worker: refused by the test"
    }
    assert api.writes == [APPLY, "apply PodDisruptionBudget by revrx-operator with force", STATUS]


async def carry_out(plan: Plan, api: RecordingApi, *children: Manifest) -> KubernetesApplier:
    applier = KubernetesApplier(api, RecordingRemote(api.writes))  # type: ignore[arg-type]
    await applier.carry_out(plan, view(*children))
    return applier


HANDOVER = Handover("revrx-celery-worker", 5)


async def test_a_new_deployment_is_one_write() -> None:
    api = RecordingApi()

    await carry_out(Plan(applies=(deployment(replicas=5, selector={}),)), api)

    assert api.writes == [APPLY]


async def test_what_was_not_seen_is_made_and_nothing_that_came_meanwhile_is_taken_over() -> None:
    api = RecordingApi(refused={APPLY: 409})

    with pytest.raises(ApiError) as refusal:
        await carry_out(Plan(applies=(deployment(),), status={}), api)

    assert refusal.value.is_conflict
    assert api.made == ["Deployment"]
    assert STATUS not in api.writes


async def test_what_was_seen_is_changed_and_no_other_of_its_name() -> None:
    api = RecordingApi()

    await carry_out(
        Plan(applies=(deployment(),)), api, {**deployment(), "metadata": deployment()["metadata"] | {"uid": "a"}}
    )

    assert api.writes == [APPLY]
    assert api.made == []
    assert api.bodies[0]["metadata"]["uid"] == "a"


async def test_replicas_pass_to_the_scaler_before_the_deployment_is_applied_again_without_them() -> None:
    api = RecordingApi()

    await carry_out(Plan(handovers=(HANDOVER,), applies=(deployment(selector={}),)), api)

    assert api.writes == [HAND_OVER, APPLY]
    assert api.bodies[0]["spec"] == {"replicas": 5}


async def test_while_the_deployment_stands_its_replicas_need_not_pass() -> None:
    api = RecordingApi()
    live = {**deployment(selector={}), "metadata": {**deployment()["metadata"], "uid": "uid"}}
    plan = Plan(handovers=(HANDOVER,), applies=(deployment(selector={}),))
    applier = await carry_out(Plan(applies=(deployment(selector={}),)), api)

    await applier.carry_out(plan, view(live))

    assert api.writes == [APPLY]


async def test_only_a_deployment_has_replicas_to_pass() -> None:
    api = RecordingApi()
    autoscaler = {**deployment(), "kind": "HorizontalPodAutoscaler"}

    await carry_out(Plan(handovers=(HANDOVER,), applies=(autoscaler,)), api)

    assert HAND_OVER not in api.writes


async def test_a_conflict_in_the_handover_means_that_it_is_done() -> None:
    api = RecordingApi(refused={HAND_OVER: 409})

    await carry_out(Plan(handovers=(HANDOVER,), applies=(deployment(),), status={"waiting": 1}), api)

    assert api.writes == [HAND_OVER, APPLY, STATUS]


async def test_without_the_handover_the_deployment_is_not_applied() -> None:
    api = RecordingApi(refused={HAND_OVER: 500})

    with pytest.raises(ApiError):
        await carry_out(Plan(handovers=(HANDOVER,), applies=(deployment(),)), api)

    assert APPLY not in api.writes


async def test_replicas_are_written_only_over_the_number_that_was_read() -> None:
    api = RecordingApi()

    await carry_out(Plan(scales=(Scale("worker", "revrx-celery-worker", 3, 5, Reason("QueueDepth", "")),)), api)

    assert api.writes == [PATCH]
    assert api.bodies[0] == [
        {"op": "test", "path": "/spec/replicas", "value": 3},
        {"op": "replace", "path": "/spec/replicas", "value": 5},
    ]


async def test_a_stale_number_stops_the_run_before_its_status_lies() -> None:
    api = RecordingApi(refused={PATCH: 422})
    plan = Plan(
        scales=(Scale("worker", "revrx-celery-worker", 3, 5, Reason("QueueDepth", "")),), status={"desiredReplicas": 5}
    )

    with pytest.raises(ApiError) as refusal:
        await carry_out(plan, api)

    assert refusal.value.is_conflict
    assert api.writes == [PATCH]


async def test_a_new_deployment_stands_for_the_next_plan_which_leaves_its_replicas_out() -> None:
    api = RecordingApi()
    live = {**deployment(selector={}, replicas=5), "metadata": {**deployment()["metadata"], "uid": "uid"}}
    applier = await carry_out(Plan(applies=(deployment(selector={}, replicas=5),)), api)

    before = len(api.writes)
    await applier.carry_out(Plan(applies=(deployment(selector={}),)), view(live))

    assert api.writes[before:] == []


async def test_what_stands_is_not_written_again() -> None:
    api = RecordingApi()
    live = {**deployment(selector={}), "metadata": {**deployment()["metadata"], "uid": "uid"}}
    plan = Plan(applies=(deployment(selector={}),))
    applier = await carry_out(plan, api, live)

    await applier.carry_out(plan, view(live))
    assert api.writes == [APPLY]

    await applier.carry_out(plan, view({**live, "spec": {"selector": "changed by hand"}}))
    assert api.writes == [APPLY, APPLY]


async def test_the_status_is_bound_to_the_pool_that_was_observed() -> None:
    api = RecordingApi()

    await carry_out(Plan(status={"waiting": 1}), api)

    assert api.writes == [STATUS]
    assert api.bodies[0]["metadata"]["uid"] == "pool-uid"


async def test_children_of_removed_groups_are_deleted_in_the_plans_order() -> None:
    api = RecordingApi()
    gone = (ObjectKey("HorizontalPodAutoscaler", "old"), ObjectKey("Deployment", "old"))

    await carry_out(Plan(deletes=gone), api)

    assert api.writes == ["delete HorizontalPodAutoscaler old", "delete Deployment old"]


def mark(pod: str, since: float | None = 1_700_000_000.4, cost: int | None = -1_000_000_000) -> PodMark:
    return PodMark(pod, f"{pod}-uid", since, cost)


def worker(pod: str) -> WorkerQueues:
    return WorkerQueues("worker", pod, ("reports",))


async def test_a_pod_is_marked_in_one_write_before_its_worker_is_told() -> None:
    api = RecordingApi()

    outcome = await carried_out(Plan(marks=(mark("a"), mark("b")), cancels=(worker("a"), worker("b"))), api, "b")

    assert api.writes == ["mark Pod a", "mark Pod b", "cancel a", "cancel b"]
    assert api.bodies[0] == {
        "uid": "a-uid",
        "labels": {RETIRING_LABEL: "1700000000"},
        "annotations": {DELETION_COST: "-1000000000"},
    }
    assert outcome.cancelled == {"a"}


async def test_the_worker_of_a_pod_that_could_not_be_marked_is_not_told() -> None:
    api = RecordingApi()
    api.gone = {"a"}

    await carried_out(Plan(marks=(mark("a"), mark("b")), cancels=(worker("a"), worker("b"))), api)

    assert api.writes == ["mark Pod a", "mark Pod b", "cancel b"]


async def test_a_worker_has_its_queues_back_before_its_pod_is_unmarked() -> None:
    api = RecordingApi()
    back = tuple(Restore(worker(pod), mark(pod, None, None)) for pod in ("a", "b"))

    await carried_out(Plan(restores=back), api, "b")

    assert api.writes == ["resume a", "resume b", "mark Pod a"]
    assert api.bodies[0]["labels"] == {RETIRING_LABEL: None}
    assert api.bodies[0]["annotations"] == {DELETION_COST: None}


async def test_replicas_that_are_added_do_not_wait_for_workers_to_reply() -> None:
    api = RecordingApi()
    back = Restore(worker("a"), mark("a", None, None))

    await carried_out(Plan(restores=(back,), scales=(Scale("worker", "up", 3, 5, Reason("QueueDepth", "")),)), api)
    await carried_out(Plan(cancels=(worker("a"),), scales=(Scale("worker", "down", 5, 3, Reason("Idle", "")),)), api)

    assert api.writes == [PATCH, "resume a", "mark Pod a", "cancel a", PATCH]
