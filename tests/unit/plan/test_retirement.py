"""The protocol by which a worker is taken away, step by step."""

from dataclasses import replace
from typing import Any

import pytest

from revrx_operator.model import (
    BrokerState,
    GroupReading,
    GroupSnapshot,
    Pod,
    RetirementMemory,
    WorkerBeat,
    Workload,
)
from revrx_operator.plan.deletion_order import EMPTY_COST, RETIRING_COST
from revrx_operator.plan.retirement import CACHE_SECONDS, REWRITE_SECONDS, Retirement, retire
from revrx_operator.plan.retiring_group import FETCH_SECONDS, REST_SECONDS, STUCK_SECONDS
from tests.unit.plan.builders import NOW

REPORTS = frozenset({"reports"})
LONG_AGO = NOW - 1000
SETTLED = NOW - CACHE_SECONDS


def pod(name: str, **fields: Any) -> Pod:
    return Pod(name, f"{name}-uid", **{"replica_set": "rs", **fields})


def unstarted(name: str, stage: int = 1, **fields: Any) -> Pod:
    return pod(name, stage=stage, ready=False, may_hold_tasks=False, **fields)


def retiring(name: str, cost: int = RETIRING_COST, **fields: Any) -> Pod:
    return pod(name, retiring_since=LONG_AGO, deletion_cost=cost, **fields)


def drained(name: str, cost: int = EMPTY_COST, **fields: Any) -> Pod:
    """It was told to stop, and was asked for this very run."""
    return retiring(name, cost, **{"queues": frozenset(), "answer": 0, **fields})


def beat(
    held: int = 0, queues: frozenset[str] | None = REPORTS, *, ago: float = 0.5, leaving: bool = False
) -> WorkerBeat:
    return WorkerBeat(NOW - ago, held, held, queues, leaving)


def step(
    *pods: Pod,
    goal: int,
    replicas: int | None = None,
    beats: dict[str, WorkerBeat] | None = None,
    cancelled: dict[str, float] | None = None,
    listed: bool = True,
    rolling: bool = False,
    reachable: bool = True,
    **memory: Any,
) -> Retirement:
    """One step with these pods, whose deletion costs have been seen for long, and whose cancels are long confirmed."""
    current = len([p for p in pods if not p.leaving]) if replicas is None else replicas
    known = {p.name: (p.deletion_cost, LONG_AGO) for p in pods}
    confirmed = {p.name: LONG_AGO for p in pods if p.retiring_since} if cancelled is None else cancelled
    reading = GroupReading(workers=beats or {}) if reachable else None
    workload = Workload(current, current, current, rolling)
    snapshot = GroupSnapshot(NOW, BrokerState(reachable, "refused"), workload, reading, pods if listed else None)
    return retire(
        snapshot,
        goal,
        name="worker",
        queues=("reports",),
        cancelled=confirmed,
        memory=RetirementMemory(**{"costs": known, **memory}),
    )


def marked(plan: Retirement) -> list[str]:
    return [mark.pod for mark in plan.marks if mark.deletion_cost == RETIRING_COST]


def restored(plan: Retirement) -> list[str]:
    return [restore.worker.pod for restore in plan.restores]


# Who is to go


def test_the_pods_are_looked_at_only_when_replicas_are_to_go() -> None:
    content = step(goal=3, replicas=3, listed=False, look=False)
    assert (content.memory.look, content.retry_after) == (False, None)

    shrinking = step(goal=2, replicas=3, listed=False, look=False)
    assert (shrinking.memory.look, shrinking.retry_after, shrinking.replicas) == (True, 0.0, 3)


def test_the_pods_of_a_deployment_that_is_made_now_are_not_looked_at() -> None:
    snapshot = GroupSnapshot(NOW, BrokerState(True), None, GroupReading())

    plan = retire(snapshot, 3, name="worker", queues=(), cancelled={}, memory=RetirementMemory())

    assert (plan.memory.look, plan.replicas) == (False, 3)


def test_the_idle_go_first_then_the_least_busy_then_the_unheard() -> None:
    beats = {"busy": beat(4), "idle": beat(0), "less-busy": beat(1)}
    pods = (pod("silent"), pod("busy"), pod("idle"), pod("less-busy"))

    assert [marked(step(*pods, goal=goal, beats=beats)) for goal in (3, 2, 1, 0)] == [
        ["idle"],
        ["idle", "less-busy"],
        ["idle", "less-busy", "busy"],
        ["idle", "less-busy", "busy", "silent"],
    ]


def test_a_worker_that_runs_what_it_does_not_count_as_held_is_busy() -> None:
    beats = {"a": WorkerBeat(NOW, active=2, held=0, queues=REPORTS), "b": WorkerBeat(NOW, active=1)}

    assert marked(step(pod("a"), pod("b"), goal=1, beats=beats)) == ["b"]


def test_equally_busy_workers_go_by_name() -> None:
    assert marked(step(pod("b"), pod("a"), pod("c"), goal=1)) == ["a", "b"]


def test_pods_that_never_started_go_before_all_others_in_the_replica_sets_own_order() -> None:
    pods = (pod("idle"), unstarted("pending"), unstarted("starting", 3), unstarted("nowhere", 0))

    assert marked(step(*pods, goal=1, beats={"idle": beat()}))[:3] == ["nowhere", "pending", "starting"]


def test_those_that_retire_already_stay_the_ones() -> None:
    plan = step(retiring("b"), pod("a"), goal=1, beats={"a": beat(0), "b": beat(3)})

    assert (marked(plan), restored(plan)) == ([], [])


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


# Counting off


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


# Giving back


def test_the_busiest_are_given_back_first() -> None:
    pods = (retiring("idle"), retiring("busy"), retiring("busier"))
    beats = {"idle": beat(0, frozenset()), "busy": beat(1, frozenset()), "busier": beat(3, frozenset())}

    plan = step(*pods, goal=2, beats=beats)

    assert restored(plan) == ["busier", "busy"]
    assert plan.replicas == 3
    first = plan.restores[0]
    assert first.worker.queues == ("reports",)
    assert first.unmark is not None
    assert (first.unmark.retiring_since, first.unmark.deletion_cost) == (None, None)
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


# Nobody is forgotten


def test_after_a_restart_of_the_operator_the_pods_are_looked_at_and_retiring_workers_told_again() -> None:
    assert RetirementMemory().look

    plan = step(retiring("a", EMPTY_COST), pod("b"), goal=1, cancelled={}, costs={})

    assert [cancel.pod for cancel in plan.cancels] == ["a"]
    assert plan.replicas == 2


def test_a_worker_that_is_not_marked_and_lacks_its_queues_gets_them_back() -> None:
    deaf = beat(0, frozenset())

    (restore,) = step(pod("a"), goal=1, beats={"a": deaf}).restores
    assert (restore.worker.pod, restore.unmark) == ("a", None)
    unlisted = step(goal=1, replicas=1, listed=False, look=False, beats={"a": deaf})
    assert unlisted.memory.look


@pytest.mark.parametrize(
    "content", [beat(), beat(queues=None), beat(queues=frozenset(), leaving=True), beat(queues=frozenset(), ago=5)]
)
def test_no_pod_is_looked_at_for_a_worker_that_listens_leaves_or_is_gone(content: WorkerBeat) -> None:
    plan = step(goal=1, replicas=1, listed=False, look=False, beats={"a": content})

    assert not plan.memory.look


def test_in_a_rollout_old_workers_may_lack_queues() -> None:
    deaf = {"a": beat(0, frozenset({"old"}))}

    assert step(pod("a"), goal=1, beats=deaf, rolling=True).restores == ()
    assert not step(goal=1, replicas=1, listed=False, look=False, beats=deaf, rolling=True).memory.look


def test_workers_whose_beats_do_not_say_what_they_take_are_asked_once() -> None:
    foreign = {"a": beat(queues=None)}

    first = step(pod("a"), goal=1, beats=foreign)
    assert (first.memory.ask, first.retry_after) == (frozenset({"a"}), 0.0)
    answered = step(pod("a", queues=frozenset(), answer=0), goal=1, beats=foreign, ask=frozenset({"a"}))
    assert (restored(answered), answered.memory.ask, answered.memory.asked) == (["a"], frozenset(), frozenset({"a"}))
    later = step(pod("a"), goal=1, beats=foreign, asked=frozenset({"a"}))
    assert (later.memory.ask, later.memory.look, later.retry_after) == (frozenset(), False, None)


def test_a_worker_that_was_not_heard_yet_is_looked_at_once_more() -> None:
    unheard = step(pod("a"), goal=1, costs={})
    assert (unheard.memory.look, unheard.retry_after) == (True, 7.0)

    silent = step(pod("a"), goal=1, costs={"a": (0, NOW - 7)})
    assert (silent.memory.look, silent.retry_after) == (False, None)


def test_while_redis_is_away_nobody_is_taken_or_told_and_what_was_said_is_forgotten() -> None:
    plan = step(drained("a"), pod("b"), goal=1, reachable=False, empty={"a": LONG_AGO})

    assert (plan.replicas, plan.restores, plan.marks, plan.cancels) == (2, (), (), ())
    assert (plan.memory, plan.cancelled) == (RetirementMemory(), {})


def test_pods_that_are_being_deleted_are_nobody() -> None:
    plan = step(retiring("gone", leaving=True), pod("a"), goal=1, beats={"a": beat()})

    assert (plan.restores, plan.marks, plan.cancels, plan.reason) == ((), (), (), None)
    assert plan.memory.look


# What is said


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
