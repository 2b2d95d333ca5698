from dataclasses import replace
from typing import Any

from revrx_operator.model import (
    Handover,
    Manifest,
    Plan,
    Pod,
    PoolMemory,
    PoolSnapshot,
    QueueLoad,
    Reason,
    RetirementMemory,
)
from revrx_operator.plan.deletion_order import EMPTY_COST
from revrx_operator.plan.pool import plan_pool
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


POD_SECURITY = 'pods "revrx-celery-worker-69457d8dd8-mmjff" is forbidden: violates PodSecurity "restricted:latest"'
QUOTA = 'pods "revrx-celery-worker-69457d8dd8-9sx2k" is forbidden: exceeded quota: small, limited: pods=6'


def refused(message: str = POD_SECURITY, **replicas: int) -> Manifest:
    """A Deployment whose pods are refused, by Pod Security unless the message says otherwise."""
    deployment = child(**replicas)  # type: ignore[arg-type]
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}
    return {**deployment, "status": {**deployment["status"], "conditions": [failure]}}


def test_pods_that_are_refused_are_told_with_what_is_said_to_them_and_without_their_names() -> None:
    seen = pool_snapshot(pool_spec(), refused(replicas=2, ready=0), loads={"worker": QueueLoad()})

    assert condition(plan(seen), "Ready") == (
        "False",
        "PodsRefused",
        "0 of 2 replicas of group worker are ready, for pods are refused: a pod is forbidden: violates PodSecurity "
        '"restricted:latest"; change podTemplate or resources, or what refuses them',
    )


def test_a_quota_that_ends_the_growth_leaves_a_pool_with_its_minimum_ready_and_is_told_by_what_does_not_come() -> None:
    planned = plan(
        pool_snapshot(pool_spec(), refused(QUOTA, replicas=8, ready=6), loads={"worker": QueueLoad(waiting=80)})
    )

    assert condition(planned, "Ready")[0] == "True"
    assert condition(planned, "Progressing") == (
        "True",
        "PodsRefused",
        "group worker moves to 10 replicas, for pods are refused: a pod is forbidden: exceeded quota: small, limited: "
        "pods=6; change podTemplate or resources, or what refuses them",
    )


def test_a_rollout_whose_pods_are_refused_says_so_while_the_old_ones_are_ready() -> None:
    deployment = refused(replicas=2)
    deployment["status"]["updatedReplicas"] = 0

    planned = plan(pool_snapshot(pool_spec(), deployment, loads={"worker": QueueLoad()}))

    assert condition(planned, "Ready")[0] == "True"
    assert condition(planned, "Progressing")[:2] == ("True", "PodsRefused")


def test_a_refusal_of_pods_that_nobody_needs_any_more_is_not_told() -> None:
    planned = plan(pool_snapshot(pool_spec(), refused(replicas=2), loads={"worker": QueueLoad()}))

    assert condition(planned, "Progressing")[:2] == ("False", "Settled")


def test_of_a_long_refusal_the_beginning_is_told() -> None:
    planned = plan(pool_snapshot(pool_spec(), refused(40 * QUOTA, replicas=2, ready=0), loads={"worker": QueueLoad()}))

    for name in ("Ready", "Progressing"):
        message = condition(planned, name)[2]
        assert len(message) < 700
        assert "exceeded quota: small" in message
        assert "…; change podTemplate" in message


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


QUIET = {"worker": QueueLoad()}


def standing(**loads: QueueLoad) -> PoolSnapshot:
    """A pool that has all its children, and the status of its last run when nothing waited."""
    status = plan(pool_snapshot(pool_spec(), *all_children(), loads=QUIET)).status
    return pool_snapshot(
        pool_spec(), *all_children(), pool=pool_manifest(status=dict(status or {})), loads=loads or QUIET
    )


def test_a_written_status_is_remembered_with_its_time_and_its_numbers() -> None:
    busy = pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad(waiting=3)})

    memory = plan(busy).memory

    assert memory.status_written_at == busy.now
    assert memory.numbers["worker"][0] == 3


def test_numbers_that_are_not_written_yet_do_not_count_as_written() -> None:
    busy = standing(worker=QueueLoad(waiting=3))
    before = PoolMemory(decided={"worker": (2, "MinReplicas", 10)}, status_written_at=busy.now - 1, numbers={"old": 1})

    planned = plan_pool(busy, before)

    assert planned.status is None
    assert planned.memory.status_written_at == busy.now - 1
    assert planned.memory.numbers == {"old": 1}


def test_a_status_that_stands_counts_as_written_with_these_numbers() -> None:
    planned = plan_pool(standing(), PoolMemory(decided={"worker": (2, "MinReplicas", 10)}, numbers={"old": 1}))

    assert planned.status is None
    assert planned.memory.numbers["worker"][0] == 0


def test_a_first_run_that_creates_tells_nothing_yet_and_comes_back() -> None:
    created = plan(pool_snapshot(pool_spec(), loads=QUIET))
    later = plan_pool(pool_snapshot(pool_spec(), loads=QUIET), created.memory)

    assert (created.status, created.events, created.retry_after) == (None, (), 1.0)
    assert later.status is not None


def test_a_pool_without_faults_waits_for_events() -> None:
    assert plan(standing()).retry_after is None


def test_a_conflict_in_one_group_hides_no_refusal_in_another() -> None:
    spec = pool_spec(worker_group(), worker_group(name="urgent", queues=["urgent"]))
    foreign = child("Deployment", owner="somebody-else")
    refusal = "the API server refuses Deployment revrx-celery-urgent: spec.template: Invalid value"

    second_run = PoolMemory(decided={"worker": (2, "MinReplicas", 10)})

    planned = plan_pool(replace(pool_snapshot(spec, foreign), refusals={"revrx-celery-urgent": refusal}), second_run)

    status, reason, message = condition(planned, "Ready")
    assert (status, reason) == ("False", "NameConflict")
    assert "Deployment revrx-celery-worker exists and belongs to somebody else" in message
    assert refusal in message
