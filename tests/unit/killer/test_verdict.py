from typing import Any

import pytest

from tests.e2e.killer.deafness import Spell
from tests.e2e.killer.sights import Deletion
from tests.e2e.killer.verdict import Run, Traces, Verdict, complaints, judge, repeated, taken_while_busy
from tests.e2e.reports import Row

NO_SPELL = Spell("", 0, 0)

RUNS = (Run("r1", "pod-a", 10, 40), Run("r2", "pod-a", 40.5, 70), Run("r3", "pod-b", 15, None))


def row(report_id: str, state: str = "completed", attempts: int = 1) -> Row:
    return Row(report_id, state, attempts, attempts, None)


def verdict(traces: Traces, **figures: Any) -> Verdict:
    usual: dict[str, Any] = {"running": 40, "taken": (), "deaf": NO_SPELL, "without_queues": NO_SPELL}
    return judge(traces, to_minimum_seconds=60, **{**usual, **figures})


@pytest.mark.parametrize(
    ("pod", "at", "busy"),
    [("pod-a", 10, True), ("pod-a", 39.9, True), ("pod-a", 40.2, False), ("pod-a", 71, False), ("pod-b", 900, True)],
)
def test_a_pod_is_taken_while_busy_when_a_run_of_its_own_was_under_way(pod: str, at: float, busy: bool) -> None:
    assert taken_while_busy([Deletion(pod, at, "t")], RUNS) == ((pod,) if busy else ())


def test_a_rollout_may_stop_the_pods_that_it_replaces_and_no_others() -> None:
    deletions = [Deletion("pod-a", 20, "old"), Deletion("pod-b", 20, "new")]
    assert taken_while_busy(deletions, RUNS, replaced="old") == ("pod-b",)


def test_a_round_is_counted() -> None:
    traces = Traces(
        rows=(row("r1"), row("r2", attempts=2), row("r3", "failed")),
        runs=(*RUNS, Run("r2", "pod-c", 90, 120)),
        stored=("r1", "r2", "r2", "r3"),
    )
    counted = verdict(traces)

    assert (counted.reports, counted.completed) == (3, 2)
    assert (counted.interrupted, counted.started_again, counted.claimed_again, counted.stored_twice) == (1, 1, 1, 1)


def test_the_runs_to_look_at_are_those_of_a_report_that_has_several_and_those_that_were_cut_off() -> None:
    again = Run("r2", "pod-c", 90, 120)
    assert repeated((*RUNS, again)) == [RUNS[1], again, RUNS[2]]


def test_a_round_in_which_every_report_ran_once_gives_no_cause_for_complaint() -> None:
    good = verdict(Traces((row("r1"), row("r2")), RUNS[:2], ("r1", "r2")), deaf=Spell("pod-a", 5, 34.9))
    assert list(complaints(good, may_start_again=False)) == []


@pytest.mark.parametrize(
    ("traces", "figures", "complaint"),
    [
        (Traces((row("r1"), row("r2", "running"))), {}, "1 of 2 reports were not completed"),
        (Traces(stored=("r1", "r1")), {}, "1 reports were stored twice"),
        (Traces(runs=RUNS[2:]), {}, "1 runs were interrupted"),
        (Traces(runs=RUNS[:1] * 2), {}, "1 reports were started more than once"),
        (Traces(), {"taken": ("pod-a",)}, "pods taken away while they ran a report: pod-a"),
        (Traces(), {"deaf": Spell("pod-a", 100, 130)}, "pod-a was Ready and deaf for 30 s from 100 on"),
    ],
)
def test_what_was_promised_and_not_kept_is_told(traces: Traces, figures: dict[str, Any], complaint: str) -> None:
    assert list(complaints(verdict(traces, **figures), may_start_again=False)) == [complaint]


def test_where_redis_restarts_celery_may_start_a_report_again_but_nothing_is_stored_twice() -> None:
    again = verdict(Traces(runs=RUNS[:1] * 2, stored=("r1", "r1")))
    assert list(complaints(again, may_start_again=True)) == ["1 reports were stored twice"]
