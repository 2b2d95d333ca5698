import pytest

from revrx_operator.model import Pod
from revrx_operator.plan.deletion_order import EMPTY_COST, RETIRING_COST
from revrx_operator.plan.retiring_group import FETCH_SECONDS
from tests.unit.plan.builders import NOW
from tests.unit.plan.retirement.steps import REPORTS, beat, drained, marked, pod, retiring, step, unstarted

# Telling them


def test_a_worker_is_marked_and_told_to_stop() -> None:
    plan = step(pod("a"), goal=0, beats={"a": beat()})

    (mark,), (cancel,) = plan.marks, plan.cancels
    assert (mark.pod, mark.uid, mark.retiring_since, mark.deletion_cost) == ("a", "a-uid", NOW, RETIRING_COST)
    assert (cancel.group, cancel.pod, cancel.queues) == ("worker", "a", ("reports",))
    assert plan.replicas == 1


def test_one_that_has_not_confirmed_is_told_again_and_one_that_has_is_not() -> None:
    plan = step(retiring("a"), retiring("b"), goal=0, cancelled={"b": NOW})

    assert [cancel.pod for cancel in plan.cancels] == ["a"]
    assert plan.cancelled == {"b": NOW}


def test_one_that_was_started_anew_and_listens_again_is_told_again() -> None:
    plan = step(drained("a", queues=REPORTS), goal=0)

    assert [cancel.pod for cancel in plan.cancels] == ["a"]
    assert (plan.cancelled, plan.replicas) == ({}, 1)
    assert marked(plan) == ["a"]


def test_one_that_was_started_anew_and_is_busy_is_told_again_without_being_asked() -> None:
    plan = step(retiring("a", restarts=1), goal=0, beats={"a": beat(2)}, restarts={"a": 0})

    assert [cancel.pod for cancel in plan.cancels] == ["a"]
    assert (plan.cancelled, plan.memory.restarts) == ({}, {"a": 1})
    assert step(retiring("a", restarts=1), goal=0, beats={"a": beat(2)}, restarts={"a": 1}).cancels == ()


def test_nobody_is_told_in_a_pod_whose_worker_has_not_started() -> None:
    assert step(unstarted("a"), goal=0).cancels == ()


def test_a_pod_whose_worker_is_heard_has_started_whatever_the_kubelet_says() -> None:
    plan = step(unstarted("a"), goal=0, beats={"a": beat(1)})

    assert [cancel.pod for cancel in plan.cancels] == ["a"]
    assert plan.replicas == 1


# Asking whether they are empty


def test_a_worker_is_asked_two_seconds_after_it_stopped_fetching() -> None:
    early = step(retiring("a"), goal=0, cancelled={"a": NOW - FETCH_SECONDS + 0.5})
    assert (early.memory.ask, early.retry_after) == (frozenset(), 0.5)

    due = step(retiring("a"), goal=0, cancelled={"a": NOW - FETCH_SECONDS})
    assert (due.memory.ask, due.retry_after) == (frozenset({"a"}), 0.0)


def test_a_worker_that_says_in_its_beat_that_it_is_busy_is_not_asked() -> None:
    assert step(retiring("a"), goal=0, beats={"a": beat(2, frozenset())}).memory.ask == frozenset()


@pytest.mark.parametrize(
    "unsure",
    [
        drained("a", answer=None),
        drained("a", answer=1),
        drained("a", queues=None),
        drained("a", queues=REPORTS),
    ],
)
def test_only_one_that_takes_nothing_and_says_that_it_holds_nothing_is_empty(unsure: Pod) -> None:
    assert step(unsure, goal=0).replicas == 1
    assert step(drained("a"), goal=0).replicas == 0


def test_an_answer_that_came_too_early_does_not_count() -> None:
    assert step(drained("a"), goal=0, cancelled={"a": NOW - FETCH_SECONDS + 0.1}).replicas == 1


def test_a_beat_never_stands_for_the_answer_but_may_contradict_it() -> None:
    assert step(retiring("a", EMPTY_COST), goal=0, beats={"a": beat(0, frozenset())}).replicas == 1
    assert step(drained("a"), goal=0, beats={"a": beat(1, frozenset())}).replicas == 1
