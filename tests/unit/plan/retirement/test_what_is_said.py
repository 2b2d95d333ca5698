from dataclasses import replace

from tests.unit.plan.retirement.steps import beat, drained, pod, retiring, step


def test_the_reason_tells_who_is_empty_and_what_the_others_finish() -> None:
    pods = (drained("a"), retiring("b"), retiring("c"), pod("d"))
    beats = {"b": beat(1, frozenset()), "c": beat(2, frozenset()), "d": beat(4)}

    reason = step(*pods, goal=1, beats=beats).reason

    assert reason is not None
    assert (reason.code, reason.message) == ("Retiring", "4 → 1: 1 workers are empty, 2 finish 3 tasks")


def test_tasks_of_workers_that_nobody_hears_are_not_made_up() -> None:
    reason = step(retiring("a"), goal=0).reason

    assert reason is not None
    assert reason.message == "1 → 0: 0 workers are empty, 1 finish some tasks"


def test_at_the_goal_there_is_nothing_to_say_or_do() -> None:
    plan = step(pod("a"), goal=1, beats={"a": beat()})

    assert plan == replace(plan, reason=None, restores=(), marks=(), cancels=(), retry_after=None)
    assert not plan.memory.look
