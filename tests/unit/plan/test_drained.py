"""A pool or a group that is drained: its workers finish and go, none starts, and nothing that waits is lost."""

from dataclasses import replace
from typing import Any

import pytest

from revrx_operator.model import Manifest, Pod, PoolMemory, PoolSnapshot, QueueLoad
from revrx_operator.plan.removed import plan_removals
from revrx_operator.plan.tick import tick, workloads_of
from tests.unit.plan.builders import HPA, PDB, all_children, child, pool_snapshot, pool_spec, worker_group
from tests.unit.plan.plans import applied, condition, conditions, plan

FULL = QueueLoad(waiting=400, unacked=8)


def pool(*pods: Pod, replicas: int = 2, load: QueueLoad | None = FULL, **spec: Any) -> PoolSnapshot:
    snapshot = pool_snapshot(
        pool_spec(**spec), *all_children(replicas=replicas), loads=None if load is None else {"worker": load}
    )
    return replace(snapshot, view=replace(snapshot.view, pods={"worker": pods} if pods or "drained" in spec else {}))


def test_its_workers_are_told_to_take_nothing_new_and_none_goes_before_it_is_empty() -> None:
    planned = plan(pool(Pod("a", "a-uid", "rs"), Pod("b", "b-uid", "rs"), drained=True))

    assert {mark.pod for mark in planned.marks} == {worker.pod for worker in planned.cancels} == {"a", "b"}
    assert planned.scales == ()


@pytest.mark.parametrize(("spec", "told"), [({"drained": True}, {"a", "b"}), ({}, set())], ids=["drained", "not"])
def test_a_drain_goes_through_a_rollout_that_others_wait_for(spec: dict[str, Any], told: set[str]) -> None:
    rolling = child(replicas=2)
    rolling["status"]["updatedReplicas"] = 1
    seen = pool(Pod("a", "a-uid", "old"), Pod("b", "b-uid", "new"), load=QueueLoad(), **spec)
    children = (rolling, child(HPA), child(PDB))

    planned = plan(replace(seen, view=replace(seen.view, children=children)))

    assert {worker.pod for worker in planned.cancels} == told


def test_the_autoscaler_holds_no_minimum_against_it_and_raises_nothing() -> None:
    hpa = applied(plan(pool(drained=True)), HPA)["spec"]

    assert hpa["minReplicas"] == 1
    assert hpa["behavior"]["scaleUp"]["selectPolicy"] == "Disabled"


def test_on_the_way_it_tells_who_still_works() -> None:
    planned = plan(pool(Pod("a", "a-uid", "rs"), drained=True))

    assert condition(planned, "Drained") == (
        "False",
        "Draining",
        "group worker: 1 workers left; 2 → 0: 0 workers are empty, 1 finish some tasks; "
        "spec.drained lets workers finish what they run and starts none",
    )
    assert condition(planned, "ScalingActive") == (
        "False",
        "Drained",
        "every worker group is drained; kubectl revrx resume, or drained: false, lets the pool scale again",
    )


def test_a_pod_that_terminates_is_left_although_its_deployment_no_longer_counts_it() -> None:
    """Of an old template, for instance, amid a report: its worker got SIGTERM, and finishes."""
    planned = plan(pool(Pod("a", "a-uid", "old", leaving=True), replicas=0, drained=True))

    assert condition(planned, "Drained") == (
        "False",
        "Draining",
        "group worker: 1 workers left, 1 of them terminating; "
        "spec.drained lets workers finish what they run and starts none",
    )
    assert planned.retry_after is not None  # pods are not watched


def test_the_end_of_a_terminating_pod_is_seen_while_redis_is_away_too() -> None:
    planned = plan(pool(Pod("a", "a-uid", "old", leaving=True), replicas=0, load=None, drained=True))

    assert planned.retry_after is not None


@pytest.mark.parametrize("deployment", [child(replicas=1), child(replicas=0) | {"metadata": {"generation": 2}}])
def test_a_deployment_that_may_still_make_pods_keeps_a_drain_from_being_over(deployment: Manifest) -> None:
    """A quota that refuses them may end; a write that the Deployment's controller has not seen is yet to act."""
    deployment = {**deployment, "metadata": {**child()["metadata"], **deployment["metadata"]}}
    status = {"replicas": 0, "updatedReplicas": 0, "readyReplicas": 0, "observedGeneration": 1}
    snapshot = pool_snapshot(pool_spec(drained=True), {**deployment, "status": status}, loads={"worker": FULL})
    planned = plan(replace(snapshot, view=replace(snapshot.view, pods={"worker": ()})))

    assert condition(planned, "Drained")[:2] == ("False", "Draining")


def test_before_the_pods_were_listed_nobody_says_that_none_is_left() -> None:
    snapshot = pool(replicas=0, drained=True)
    planned = plan(replace(snapshot, view=replace(snapshot.view, pods={})))

    assert condition(planned, "Drained") == ("False", "Draining", "group worker: its pods were not listed yet")


def test_at_the_end_no_worker_is_left_and_what_waits_wakes_none() -> None:
    planned = plan(pool(replicas=0, drained=True))

    assert planned.scales == ()
    assert planned.decisions["worker"][0] == 0
    assert condition(planned, "Drained") == (
        "True",
        "NoWorkers",
        "no worker of worker is left; what waits stays in its queues",
    )
    assert condition(planned, "Ready") == ("True", "MinimumReady", "every worker group has the replicas that it needs")


def test_a_new_pool_that_is_drained_gets_a_deployment_of_none() -> None:
    planned = plan(pool_snapshot(pool_spec(drained=True), loads={"worker": FULL}))

    assert applied(planned, "Deployment")["spec"]["replicas"] == 0


def test_to_drain_goes_before_to_pause() -> None:
    planned = plan(pool(Pod("a", "a-uid", "rs"), replicas=1, drained=True, paused=True))

    assert [worker.pod for worker in planned.cancels] == ["a"]


def test_the_workers_of_a_group_that_was_removed_go_too_where_a_paused_pool_keeps_them() -> None:
    old = child(name="revrx-celery-old")
    old["metadata"]["labels"] = {"revrx.io/group": "old"}
    old["spec"]["template"] = {"spec": {"containers": [{"name": "worker", "args": ["-Q", "old"]}]}}

    def marked(**spec: Any) -> int:
        snapshot = pool_snapshot(pool_spec(**spec), old, loads={})
        snapshot = replace(snapshot, view=replace(snapshot.view, pods={"old": (Pod("a", "a-uid", "rs"),)}))
        (removal,) = plan_removals(snapshot, PoolMemory())
        assert removal.retirement is not None
        return len(removal.retirement.marks)

    assert (marked(paused=True), marked(paused=True, drained=True)) == (0, 1)


def test_resumed_it_has_its_minimum_and_what_its_queues_ask_for_at_once() -> None:
    (scale,) = plan(pool(replicas=0)).scales

    assert (scale.current, scale.replicas) == (0, 10)


def test_resumed_on_the_way_its_workers_get_their_queues_back() -> None:
    retiring = Pod("a", "a-uid", "rs", retiring_since=1.0, queues=frozenset(), answer=1)

    planned = plan(pool(retiring, replicas=1))

    assert [restore.worker.queues for restore in planned.restores] == [("reports",)]


def test_while_redis_is_away_nobody_goes_and_that_is_told() -> None:
    planned = plan(pool(load=None, drained=True))

    assert planned.scales == ()
    assert planned.decisions["worker"][1].code == "BrokerUnreachable"


def test_one_group_is_drained_while_the_other_scales() -> None:
    groups = (worker_group(), worker_group(name="urgent", queues=["urgent"]))
    children = [child(kind, name) for name in ("revrx-celery-worker", "revrx-celery-urgent") for kind in (HPA, PDB)]
    deployments = (child(replicas=0), child(name="revrx-celery-urgent"))
    spec = pool_spec(*groups, drainedGroups=["worker"])

    planned = plan(
        pool_snapshot(spec, *deployments, *children, loads={"worker": FULL, "urgent": QueueLoad(waiting=40)})
    )

    assert [(scale.group, scale.replicas) for scale in planned.scales] == [("urgent", 5)]
    assert condition(planned, "ScalingActive") == (
        "True",
        "QueueDepthRead",
        "replicas follow the queues, but those of worker, which spec.drainedGroups holds at none",
    )


def test_a_pool_that_is_not_drained_says_nothing_of_it() -> None:
    assert "Drained" not in conditions(plan(pool()))


@pytest.mark.parametrize("waiting", [0, 400])
def test_a_drained_pool_rests_whatever_comes(waiting: int) -> None:
    snapshot = pool(replicas=0, load=QueueLoad(), drained=True)
    memory = plan(snapshot).memory

    news, _ = tick(pool(replicas=0, load=QueueLoad(waiting=waiting), drained=True), workloads_of(snapshot.view), memory)

    assert news is None
