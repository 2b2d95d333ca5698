from dataclasses import replace
from typing import Any

from revrx_operator.model import (
    Handover,
    Manifest,
    ObjectKey,
    Plan,
    Pod,
    PoolMemory,
    PoolSnapshot,
    QueueLoad,
    Reason,
    RetirementMemory,
    WorkerBeat,
    WorkerQueues,
)
from revrx_operator.plan.deletion_order import EMPTY_COST
from revrx_operator.plan.pool import plan_pool
from revrx_operator.plan.tick import tick, workloads_of
from tests.unit.plan.builders import child, pool_manifest, pool_snapshot, pool_spec, worker_group

HPA, PDB = "HorizontalPodAutoscaler", "PodDisruptionBudget"
SHRINKS_AT_ONCE = {"minReplicas": 0, "scaleDown": {"stabilizationSeconds": 0}}


def plan(snapshot: PoolSnapshot) -> Plan:
    return plan_pool(snapshot, PoolMemory())


def applied(plan: Plan, kind: str) -> Manifest:
    return next(manifest for manifest in plan.applies if manifest["kind"] == kind)


def condition(plan: Plan, name: str) -> tuple[str, str, str]:
    assert plan.status is not None
    found = next(entry for entry in plan.status["conditions"] if entry["type"] == name)
    return found["status"], found["reason"], found["message"]


def all_children(**deployment: Any) -> list[dict[str, Any]]:
    return [child(**deployment), child(HPA), child(PDB)]


def test_a_new_pool_gets_a_deployment_an_hpa_and_a_pdb_for_each_group() -> None:
    spec = pool_spec(worker_group(), worker_group(name="urgent", queues=["urgent"]))

    planned = plan(pool_snapshot(spec, loads={}))

    assert [(m["kind"], m["metadata"]["name"]) for m in planned.applies] == [
        (kind, name) for name in ("revrx-celery-worker", "revrx-celery-urgent") for kind in ("Deployment", HPA, PDB)
    ]


def test_only_a_new_deployment_carries_its_replicas() -> None:
    assert applied(plan(pool_snapshot(pool_spec())), "Deployment")["spec"]["replicas"] == 2
    assert "replicas" not in applied(plan(pool_snapshot(pool_spec(), *all_children())), "Deployment")["spec"]


def test_a_scale_names_the_replicas_that_it_was_planned_from() -> None:
    (scale,) = plan(pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad(waiting=40)})).scales

    assert (scale.deployment, scale.current, scale.replicas) == ("revrx-celery-worker", 2, 5)


def test_replicas_that_only_our_apply_owns_are_to_pass_at_the_number_that_stands() -> None:
    planned = plan(pool_snapshot(pool_spec(), *all_children(replicas=5, managers=("revrx-operator",)), loads={}))

    assert planned.handovers == (Handover("revrx-celery-worker", 5),)


def test_replicas_that_somebody_else_owns_need_not_pass() -> None:
    for managers in (("revrx-operator", "revrx-scaler"), ("revrx-scaler",), ("kube-controller-manager",)):
        assert plan(pool_snapshot(pool_spec(), *all_children(managers=managers))).handovers == ()


def test_the_autoscalers_maximum_follows_down_only_after_the_replicas() -> None:
    spec = pool_spec(worker_group(scaling={"maxReplicas": 3}))

    draining = plan(pool_snapshot(spec, *all_children(replicas=8), loads={"worker": QueueLoad(unacked=9)}))
    drained = plan(pool_snapshot(spec, *all_children(replicas=3), loads={"worker": QueueLoad(unacked=9)}))

    assert applied(draining, HPA)["spec"]["maxReplicas"] == 8
    assert applied(drained, HPA)["spec"]["maxReplicas"] == 3


def test_a_paused_pool_is_applied_but_not_scaled() -> None:
    snapshot = pool_snapshot(pool_spec(paused=True), *all_children(), loads={"worker": QueueLoad(waiting=400)})

    planned = plan(snapshot)

    assert planned.scales == ()
    assert len(planned.applies) == 3
    assert applied(planned, HPA)["spec"]["behavior"]["scaleUp"]["selectPolicy"] == "Disabled"
    assert condition(planned, "ScalingActive")[:2] == ("False", "Paused")


def test_a_missing_secret_is_named_and_nothing_half_made_is_left() -> None:
    sentence = "Secret revrx-secrets does not exist in namespace revrx; spec.broker.urlSecretRef needs it"

    planned = plan(pool_snapshot(pool_spec(), faults=(Reason("SecretMissing", sentence),)))

    assert planned.applies == ()
    assert condition(planned, "Ready") == ("False", "SecretMissing", sentence)
    assert planned.retry_after == 5.0


def test_a_secret_that_vanishes_takes_no_running_worker_with_it() -> None:
    planned = plan(
        pool_snapshot(pool_spec(), *all_children(), faults=(Reason("SecretMissing", "Secret x does not exist"),))
    )

    assert len(planned.applies) == 3
    assert planned.scales == ()
    assert planned.deletes == ()


def test_an_object_of_somebody_else_is_never_touched() -> None:
    snapshot = pool_snapshot(pool_spec(), child(owner="other-uid"), loads={"worker": QueueLoad(waiting=400)})

    planned = plan(snapshot)

    assert (planned.applies, planned.scales, planned.deletes) == ((), (), ())
    status, reason, message = condition(planned, "Ready")
    assert (status, reason) == ("False", "NameConflict")
    assert "Deployment revrx-celery-worker" in message


def test_one_group_in_conflict_does_not_stop_the_other() -> None:
    spec = pool_spec(worker_group(), worker_group(name="urgent", queues=["urgent"]))

    planned = plan(pool_snapshot(spec, child(PDB, owner=None)))

    assert {m["metadata"]["name"] for m in planned.applies} == {"revrx-celery-urgent"}


def removed_group(replicas: int) -> list[dict[str, Any]]:
    deployment = child(name="revrx-celery-old", replicas=replicas)
    deployment["metadata"]["labels"] = {"revrx.io/group": "old"}
    worker = {"name": "worker", "args": ["-A", "app", "worker", "-Q", "slow,slower", "-n", "old@%h"]}
    deployment["spec"]["template"] = {"spec": {"containers": [worker], "terminationGracePeriodSeconds": 330}}
    return [deployment, child(HPA, "revrx-celery-old"), child(PDB, "revrx-celery-old")]


def keys(*kinds: str) -> tuple[ObjectKey, ...]:
    return tuple(ObjectKey(kind, "revrx-celery-old") for kind in kinds)


def with_old_pods(snapshot: PoolSnapshot, *pods: Pod) -> PoolSnapshot:
    return replace(snapshot, view=replace(snapshot.view, pods={"old": pods}))


def test_a_removed_group_loses_its_autoscaler_at_once_and_the_rest_when_it_has_drained() -> None:
    draining = plan(pool_snapshot(pool_spec(), *all_children(), *removed_group(2), loads={}))
    drained = plan(pool_snapshot(pool_spec(), *all_children(), *removed_group(0), loads={}))

    assert draining.deletes == keys(HPA)
    assert draining.memory.retirement["old"].look
    assert drained.deletes == keys(HPA, PDB, "Deployment")


def test_the_workers_of_a_removed_group_are_told_to_stop_taking_tasks_from_their_queues() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(), *removed_group(1), loads={})

    planned = plan(with_old_pods(snapshot, Pod("old-1", "uid", "rs")))

    assert planned.cancels == (WorkerQueues("old", "old-1", ("slow", "slower")),)
    assert [mark.pod for mark in planned.marks] == ["old-1"]


def test_a_removed_group_that_does_not_finish_within_its_grace_is_shut_down_warm() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(), *removed_group(1), loads={})

    waits = plan(with_old_pods(snapshot, Pod("old-1", "uid", "rs", retiring_since=snapshot.now - 329)))
    overdue = plan(with_old_pods(snapshot, Pod("old-1", "uid", "rs", retiring_since=snapshot.now - 331)))

    assert waits.deletes == keys(HPA)
    assert overdue.deletes == keys(HPA, PDB, "Deployment")


def test_a_labelled_object_that_is_not_ours_is_not_deleted() -> None:
    assert plan(pool_snapshot(pool_spec(), *all_children(), child(name="other", owner="other-uid"))).deletes == ()


def test_a_spec_that_cannot_be_read_changes_nothing_and_is_told() -> None:
    error = "spec.workers[0].scaling.minReplicas: 5 is above maxReplicas 3"

    planned = plan(pool_snapshot(None, *all_children(), spec_errors=(error,)))

    assert (planned.applies, planned.scales, planned.deletes) == ((), (), ())
    assert condition(planned, "Ready") == ("False", "InvalidSpec", error)


def test_a_pool_is_ready_with_its_minimum_while_it_grows() -> None:
    growing = plan(pool_snapshot(pool_spec(), *all_children(replicas=2), loads={"worker": QueueLoad(waiting=80)}))
    starting = plan(pool_snapshot(pool_spec(), *all_children(replicas=2, ready=1), loads={"worker": QueueLoad()}))

    assert condition(growing, "Ready")[0] == "True"
    assert condition(starting, "Ready") == ("False", "ReplicasNotReady", "1 of 2 replicas of group worker are ready")


def test_a_pool_that_wakes_from_zero_is_ready_with_its_first_replica() -> None:
    spec = pool_spec(worker_group(scaling=SHRINKS_AT_ONCE))
    loads = {"worker": QueueLoad(waiting=80)}

    assert condition(plan(pool_snapshot(spec, *all_children(replicas=0), loads={})), "Ready")[0] == "True"
    assert condition(plan(pool_snapshot(spec, *all_children(replicas=0), loads=loads)), "Ready")[0] == "False"
    assert condition(plan(pool_snapshot(spec, *all_children(replicas=9, ready=1), loads=loads)), "Ready")[0] == "True"


def test_a_rollout_shows_as_progress() -> None:
    deployment = child(replicas=3)
    deployment["status"]["updatedReplicas"] = 1

    planned = plan(pool_snapshot(pool_spec(), deployment, child(HPA), child(PDB), loads={"worker": QueueLoad()}))

    assert condition(planned, "Progressing") == ("True", "Moving", "group worker is rolling out")


def written_after(snapshot: PoolSnapshot, status: Manifest, seconds: float, **view: Any) -> Manifest | None:
    """The status that a plan writes so many seconds after another one wrote ``status``."""
    pool = pool_manifest(status=dict(status))
    again = pool_snapshot(snapshot.view.spec, *snapshot.view.children, pool=pool, **view)
    return plan_pool(again, PoolMemory(status_written_at=again.now - seconds)).status


def test_the_status_is_not_written_when_nothing_moves() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad(waiting=3)})
    status = plan(snapshot).status
    assert status is not None

    assert written_after(snapshot, status, 3600, loads={"worker": QueueLoad(waiting=3)}) is None


def test_moving_numbers_are_written_every_15_seconds() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad(waiting=3)})
    status = plan(snapshot).status
    assert status is not None

    assert written_after(snapshot, status, 14, loads={"worker": QueueLoad(waiting=4)}) is None
    later = written_after(snapshot, status, 15, loads={"worker": QueueLoad(waiting=4)})
    assert later is not None
    assert later["waiting"] == 4


def test_a_new_decision_is_written_at_once() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad()})
    status = plan(snapshot).status
    assert status is not None

    decided = written_after(snapshot, status, 0, loads={"worker": QueueLoad(waiting=80)})
    assert decided is not None
    assert decided["desiredReplicas"] == 10
    assert decided["groups"][0]["lastScaleTime"] == "2023-11-14T22:13:20Z"


def test_a_condition_keeps_its_transition_time_until_its_status_changes() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(ready=1), loads={"worker": QueueLoad()})
    status = plan(snapshot).status
    assert status is not None
    for entry in status["conditions"]:
        entry["lastTransitionTime"] = "2020-01-01T00:00:00Z"

    snapshot = pool_snapshot(pool_spec(), *all_children(ready=2), loads={"worker": QueueLoad()})
    written = written_after(snapshot, status, 0, loads={"worker": QueueLoad()})
    assert written is not None
    times = {entry["type"]: entry["lastTransitionTime"] for entry in written["conditions"]}
    assert times["Ready"] == "2023-11-14T22:13:20Z"
    assert times["ScalingActive"] == "2020-01-01T00:00:00Z"


def test_a_broker_url_that_is_none_is_told_with_a_reason_of_its_own() -> None:
    fault = Reason("BrokerUrlInvalid", "Secret revrx-secrets, key redis-url holds no URL")

    planned = plan(pool_snapshot(pool_spec(), faults=(fault,)))

    assert planned.applies == ()
    assert condition(planned, "Ready") == ("False", "BrokerUrlInvalid", fault.message)


def test_what_redis_does_not_allow_is_told_although_it_answers() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad()})
    state = replace(snapshot.reading.state, message="Redis lets this user run no script")

    planned = plan(replace(snapshot, reading=replace(snapshot.reading, state=state)))

    assert condition(planned, "BrokerReachable") == ("True", "Connected", "Redis lets this user run no script")


def hearing(snapshot: PoolSnapshot, **beats: WorkerBeat) -> PoolSnapshot:
    """The same, with workers of the one group heard."""
    groups = {"worker": replace(snapshot.reading.groups["worker"], workers=beats)}
    return replace(snapshot, reading=replace(snapshot.reading, groups=groups))


def needs_run(snapshot: PoolSnapshot, memory: PoolMemory) -> bool:
    return tick(snapshot, workloads_of(snapshot.view), memory)[0]


def test_a_tick_that_hears_a_worker_without_its_queues_asks_for_a_run() -> None:
    quiet = pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad()})
    listens = WorkerBeat(quiet.now, active=0, held=0, queues=frozenset({"reports"}))
    deaf = replace(listens, queues=frozenset())
    memory = replace(plan(quiet).memory, retirement={"worker": RetirementMemory(look=False)})

    assert not needs_run(hearing(quiet, a=listens), memory)
    assert needs_run(hearing(quiet, a=listens, b=deaf), memory)

    looked_at = replace(memory, retirement={"worker": RetirementMemory(look=True)})
    assert not needs_run(hearing(quiet, a=deaf), looked_at)


def test_a_pool_that_wants_to_shrink_looks_at_its_pods_at_once_and_says_so() -> None:
    spec = pool_spec(worker_group(scaling={"minReplicas": 1, "scaleDown": {"stabilizationSeconds": 0}}))
    snapshot = pool_snapshot(spec, *all_children(replicas=2), loads={"worker": QueueLoad()})

    planned = plan_pool(snapshot, PoolMemory(retirement={"worker": RetirementMemory(look=False)}))

    assert (planned.scales, planned.retry_after) == ((), 0.0)
    assert planned.memory.retirement["worker"].look
    assert planned.decisions["worker"][0] == 1
    assert planned.decisions["worker"][1].code == "Retiring"


def test_an_empty_worker_is_counted_off_and_remembered_as_gone() -> None:
    spec = pool_spec(worker_group(scaling={"minReplicas": 1, "scaleDown": {"stabilizationSeconds": 0}}))
    snapshot = pool_snapshot(spec, *all_children(replicas=2), loads={"worker": QueueLoad()})
    long_ago = snapshot.now - 100
    empty = Pod("a", "a-uid", "rs", retiring_since=long_ago, deletion_cost=EMPTY_COST, queues=frozenset(), answer=0)
    seen = replace(snapshot, view=replace(snapshot.view, pods={"worker": (empty, Pod("b", "b-uid", "rs"))}))
    costs = {"a": (EMPTY_COST, long_ago), "b": (0, long_ago)}
    memory = PoolMemory(cancelled={"a": long_ago}, retirement={"worker": RetirementMemory(costs=costs)})

    planned = plan_pool(seen, memory)

    (scale,) = planned.scales
    assert (scale.current, scale.replicas) == (2, 1)
    assert planned.memory.scaling["worker"].lowered == ((snapshot.now, 1),)
