"""A group that drains: everybody is to go, and whoever is empty is not missed."""

import pytest

from revrx_operator.model import Pod
from revrx_operator.plan.retiring_group import STUCK_SECONDS
from tests.unit.plan.builders import NOW
from tests.unit.plan.retirement.small_cluster import SmallCluster
from tests.unit.plan.retirement.steps import LONG_AGO, drained, marked, pod, restored, retiring, step, unstarted

OLD = drained("old", replica_set="old")
BUSY = retiring("busy", replica_set="old", queues=frozenset(), answer=1)
NEVER_READY = unstarted("new", replica_set="new")


def test_amid_a_rollout_everybody_is_told_to_take_nothing_new() -> None:
    plan = step(pod("a", replica_set="old"), pod("b", replica_set="new"), goal=0, drains=True, rolling=True)

    assert marked(plan) == [cancel.pod for cancel in plan.cancels] == ["a", "b"]


def test_amid_a_rollout_nobody_goes_before_all_may_for_its_deployment_chooses_whose_replica_set_shrinks() -> None:
    waiting = step(OLD, BUSY, NEVER_READY, goal=0, replicas=2, drains=True, rolling=True)
    assert (waiting.replicas, restored(waiting)) == (2, [])
    assert waiting.reason is not None
    assert (waiting.reason.code, waiting.reason.message) == (
        "Retiring",
        "2 → 0: 2 workers are empty, 1 finish 1 tasks; in a rollout they go together",
    )

    assert step(OLD, NEVER_READY, goal=0, replicas=2, drains=True, rolling=True).replicas == 0


def test_a_rollout_whose_pods_are_refused_keeps_no_idle_worker_either() -> None:
    assert step(OLD, goal=0, drains=True, rolling=True).replicas == 0
    assert step(goal=0, replicas=2, drains=True, rolling=True).replicas == 0


def test_an_idle_worker_is_not_given_back_however_long_it_waits_for_a_busy_one() -> None:
    plan = step(OLD, BUSY, NEVER_READY, goal=0, drains=True, empty={"old": NOW - STUCK_SECONDS})

    assert (restored(plan), plan.memory.gave_up_at) == ([], 0.0)


def test_a_pod_that_is_not_ready_is_told_as_well_and_named_while_it_may_hold_tasks() -> None:
    plan = step(pod("a", ready=False), pod("b"), goal=0, drains=True)

    assert marked(plan) == ["a", "b"]
    assert plan.reason is not None
    assert plan.reason.message == "2 → 0: 0 workers are empty, 2 finish some tasks, pod a is not Ready"


def test_a_worker_of_an_older_template_is_told_of_the_queues_that_it_says_it_takes() -> None:
    listening = retiring("a", queues=frozenset({"reports", "formerly"}))

    (cancel,) = step(listening, goal=0, drains=True, cancelled={"a": LONG_AGO}).cancels

    assert cancel.queues == ("reports", "formerly")


def test_a_worker_that_was_started_anew_is_told_again_though_the_queue_keeps_it_too_busy_to_be_asked() -> None:
    cluster = SmallCluster(2)
    cluster.waiting = [5.0] * 500
    cluster.wait(0.4)
    cluster.goal, cluster.drains = 0, True
    cluster.run()
    cluster.wait(1.0)
    cluster.restart_container(min(cluster.workers))

    began = cluster.now
    while cluster.replicas and cluster.now < began + 60:
        cluster.run()
        cluster.wait(1.0)

    assert (cluster.replicas, cluster.taken_with_tasks) == (0, [])


def test_resumed_amid_a_rollout_everybody_is_given_back() -> None:
    plan = step(OLD, BUSY, NEVER_READY, goal=2, replicas=2, rolling=True)

    assert restored(plan) == ["busy", "old"]


def test_resumed_amid_a_rollout_whose_pods_are_refused_as_many_as_are_wanted_are_given_back_at_once() -> None:
    all_wanted = step(OLD, BUSY, goal=2, replicas=2, rolling=True)
    assert (restored(all_wanted), all_wanted.replicas) == (["busy", "old"], 2)

    one_wanted = step(OLD, BUSY, goal=1, replicas=2, rolling=True)
    assert (restored(one_wanted), one_wanted.replicas) == (["busy"], 2)


def test_a_pod_that_terminates_is_waited_for() -> None:
    plan = step(Pod("a", "a-uid", "rs", leaving=True), goal=0, replicas=0, drains=True)

    assert plan.memory.look
    assert plan.retry_after is not None


@pytest.mark.parametrize("seconds", [1.0, 90.0])
def test_a_drain_gets_through_a_rollout_that_is_stuck_and_interrupts_nothing(seconds: float) -> None:
    cluster = SmallCluster(3)
    cluster.waiting = [seconds]
    cluster.wait(0.4)
    cluster.roll_out(stuck=True)
    cluster.wait(5.0)
    cluster.goal, cluster.drains = 0, True

    began = cluster.now
    while cluster.replicas and cluster.now < began + 200:
        cluster.run()
        cluster.wait(1.0)

    assert cluster.replicas == 0
    assert cluster.taken_with_tasks == []
    assert cluster.now >= began + seconds - 10
