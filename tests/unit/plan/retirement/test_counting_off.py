from typing import Any

import pytest

from revrx_operator.model import PodMark
from revrx_operator.plan.deletion_order import EMPTY_COST, RETIRING_COST
from revrx_operator.plan.retirement import REWRITE_SECONDS
from tests.unit.plan.builders import NOW
from tests.unit.plan.retirement.steps import LONG_AGO, SETTLED, beat, drained, pod, retiring, step, unstarted


def test_an_empty_worker_first_gets_the_lowest_cost_and_is_counted_off_a_second_later() -> None:
    found_empty = step(drained("a", RETIRING_COST), retiring("b"), goal=0, beats={"b": beat(1, frozenset())})
    assert [(mark.pod, mark.deletion_cost) for mark in found_empty.marks] == [("a", EMPTY_COST)]

    pods = (drained("a"), retiring("b", answer=1, queues=frozenset()))
    just_seen = step(*pods, goal=0, costs={"a": (RETIRING_COST, LONG_AGO), "b": (RETIRING_COST, LONG_AGO)})
    assert just_seen.replicas == 2
    almost = step(
        *pods,
        goal=0,
        ask=frozenset({"a", "b"}),
        costs={"a": (EMPTY_COST, SETTLED + 0.2), "b": (RETIRING_COST, LONG_AGO)},
    )
    assert almost.replicas == 2
    assert almost.retry_after == pytest.approx(0.2)
    settled = step(*pods, goal=0, costs={"a": (EMPTY_COST, SETTLED), "b": (RETIRING_COST, LONG_AGO)})
    assert settled.replicas == 1


def test_a_worker_that_was_found_empty_and_not_asked_since_keeps_the_lowest_cost() -> None:
    unasked = retiring("a", EMPTY_COST)

    assert step(unasked, pod("b"), goal=1).marks == ()


@pytest.mark.parametrize("fields", [{"answer": 1, "queues": frozenset()}, {"queues": frozenset({"reports"})}])
def test_a_worker_that_is_not_empty_after_all_loses_the_lowest_cost(fields: dict[str, Any]) -> None:
    plan = step(retiring("a", EMPTY_COST, **fields), pod("b"), goal=1)

    assert plan.marks == (PodMark("a", "a-uid", LONG_AGO, RETIRING_COST),)


def test_replicas_wait_until_everybody_knows_of_a_worker_that_was_just_given_back() -> None:
    known = {"a": (EMPTY_COST, LONG_AGO), "b": (EMPTY_COST, LONG_AGO)}

    assert step(drained("a"), pod("b"), goal=1, costs=known).replicas == 2


def test_no_more_go_than_are_wanted_gone() -> None:
    plan = step(drained("a"), drained("b"), pod("c"), goal=2)

    assert (plan.replicas, len(plan.restores)) == (3, 1)


def test_pods_that_never_started_are_counted_off_undrained() -> None:
    assert step(pod("a"), unstarted("b"), unstarted("c", 0), goal=1, beats={"a": beat(4)}).replicas == 1


def test_replicas_that_have_no_pod_are_counted_off_at_once() -> None:
    assert step(pod("a"), replicas=4, goal=1).replicas == 1


def test_nothing_is_counted_off_where_another_pod_would_go() -> None:
    waiting = step(drained("a", cost=100), pod("b"), goal=1, rewritten_at=NOW - 1)
    assert waiting.replicas == 2

    among_equals = step(drained("a", cost=0), pod("b"), goal=1, rewritten_at=NOW - 1)
    assert among_equals.replicas == 2


def test_a_cost_that_somebody_else_wrote_over_ours_is_put_right_now_and_then() -> None:
    again = step(drained("a", cost=100), pod("b"), goal=1, rewritten_at=NOW - REWRITE_SECONDS)
    assert [(mark.pod, mark.deletion_cost) for mark in again.marks] == [("a", EMPTY_COST)]
    assert again.memory.rewritten_at == NOW

    not_yet = step(drained("a", cost=100), pod("b"), goal=1, rewritten_at=NOW - REWRITE_SECONDS + 1)
    assert not_yet.marks == ()


def test_a_foreign_cost_that_takes_the_right_pod_is_left_alone() -> None:
    plan = step(drained("a", cost=-5), pod("b"), goal=1)

    assert (plan.marks, plan.replicas) == ((), 1)


def test_while_counted_off_pods_are_still_there_nothing_else_is_touched() -> None:
    plan = step(drained("a"), retiring("b"), pod("c"), replicas=2, goal=2)

    assert (plan.restores, plan.marks, plan.replicas) == ((), (), 2)
    assert plan.memory.look


def test_a_generation_that_is_not_observed_yet_lets_everything_wait() -> None:
    plan = step(drained("a"), pod("b"), goal=1, rolling=True)

    assert (plan.replicas, plan.restores, plan.marks) == (2, (), ())
