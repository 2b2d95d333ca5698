"""What a plan does to a pool: which objects it applies, how it scales them, and what it leaves alone."""

from dataclasses import replace

from revrx_operator.model import Handover, Pod, PoolMemory, QueueLoad, Reason, RetirementMemory
from revrx_operator.plan.deletion_order import EMPTY_COST
from revrx_operator.plan.pool import plan_pool
from tests.unit.plan.builders import HPA, PDB, all_children, child, pool_snapshot, pool_spec, worker_group
from tests.unit.plan.plans import applied, condition, plan


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
