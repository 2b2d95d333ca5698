"""What the conditions of a pool say in each case."""

from dataclasses import replace

from revrx_operator.model import Manifest, PoolMemory, QueueLoad, Reason
from revrx_operator.plan.pool import plan_pool
from tests.unit.plan.builders import HPA, PDB, all_children, child, pool_snapshot, pool_spec, worker_group
from tests.unit.plan.plans import condition, plan


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
    spec = pool_spec(worker_group(scaling={"minReplicas": 0}))
    loads = {"worker": QueueLoad(waiting=80)}

    assert condition(plan(pool_snapshot(spec, *all_children(replicas=0), loads={})), "Ready")[0] == "True"
    assert condition(plan(pool_snapshot(spec, *all_children(replicas=0), loads=loads)), "Ready")[0] == "False"
    assert condition(plan(pool_snapshot(spec, *all_children(replicas=9, ready=1), loads=loads)), "Ready")[0] == "True"


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


def test_a_rollout_shows_as_progress() -> None:
    deployment = child(replicas=3)
    deployment["status"]["updatedReplicas"] = 1

    planned = plan(pool_snapshot(pool_spec(), deployment, child(HPA), child(PDB), loads={"worker": QueueLoad()}))

    assert condition(planned, "Progressing") == ("True", "Moving", "group worker is rolling out")


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
