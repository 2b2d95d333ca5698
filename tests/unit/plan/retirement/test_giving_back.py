from revrx_operator.model import PodMark, Restore, WorkerQueues
from revrx_operator.plan.retiring_group import REST_SECONDS, STUCK_SECONDS
from tests.unit.plan.builders import NOW
from tests.unit.plan.retirement.steps import LONG_AGO, beat, drained, marked, pod, restored, retiring, step, unstarted


def test_the_busiest_are_given_back_first() -> None:
    pods = (retiring("idle"), retiring("busy"), retiring("busier"))
    beats = {"idle": beat(0, frozenset()), "busy": beat(1, frozenset()), "busier": beat(3, frozenset())}

    plan = step(*pods, goal=2, beats=beats)

    assert restored(plan) == ["busier", "busy"]
    assert plan.replicas == 3
    worker = WorkerQueues("worker", "busier", ("reports",))
    assert plan.restores[0] == Restore(worker, PodMark("busier", "busier-uid", None, None))
    assert plan.cancelled.keys() == {"idle"}


def test_a_pod_without_a_worker_is_unmarked_without_telling_anybody() -> None:
    (restore,) = step(unstarted("a", retiring_since=LONG_AGO), goal=1).restores

    assert restore.worker.queues == ()


def test_a_rollout_gives_everybody_back_and_takes_nobody() -> None:
    plan = step(drained("a"), pod("b"), pod("c", replica_set="new"), replicas=2, goal=1)

    assert (restored(plan), plan.replicas) == (["a"], 2)
    assert plan.reason is not None
    assert plan.reason.code == "RollingOut"


def test_a_pod_that_was_ready_and_is_not_blocks_and_is_named() -> None:
    plan = step(drained("a"), pod("b", ready=False), pod("c"), goal=1)

    assert (restored(plan), plan.replicas, plan.marks) == (["a"], 3, ())
    assert plan.reason is not None
    assert plan.reason.code == "PodNotReady"
    assert "pod b, which may hold tasks, is not Ready" in plan.reason.message


def test_pods_that_never_started_go_also_while_another_is_not_ready() -> None:
    plan = step(unstarted("a"), pod("b", ready=False), pod("c"), goal=1)

    assert (plan.replicas, marked(plan)) == (2, ["a"])


def test_empty_workers_that_cannot_be_taken_away_are_given_back_for_a_minute() -> None:
    stuck = {"a": NOW - STUCK_SECONDS}
    foreign = (drained("a", cost=100), pod("b"))

    plan = step(*foreign, goal=1, empty=stuck, rewritten_at=NOW)
    assert (restored(plan), plan.memory.gave_up_at) == (["a"], NOW)
    assert plan.reason is not None
    assert plan.reason.code == "DeletionOrder"

    resting = step(pod("a"), pod("b"), goal=1, gave_up_at=NOW - REST_SECONDS + 1)
    assert (resting.marks, resting.cancels, resting.replicas) == ((), (), 2)
    rested = step(pod("a"), pod("b"), goal=1, gave_up_at=NOW - REST_SECONDS)
    assert marked(rested) == ["a"]


def test_how_long_a_worker_is_empty_is_remembered_from_the_first_answer_on() -> None:
    assert step(drained("a", cost=1), pod("b"), goal=1).memory.empty == {"a": NOW}
    earlier = {"a": NOW - 5}
    assert step(drained("a", cost=1), pod("b"), goal=1, empty=earlier).memory.empty == earlier
    unanswered = retiring("a")
    assert step(unanswered, pod("b"), goal=1, empty=earlier).memory.empty == earlier
    busy_again = retiring("a", answer=1, queues=frozenset())
    assert step(busy_again, pod("b"), goal=1, empty=earlier).memory.empty == {}
