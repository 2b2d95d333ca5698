"""The figures of all rounds as a table."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from bench.result import Table
from tests.e2e.killer.rounds import Played
from tests.e2e.killer.verdict import Verdict

Column = Callable[[Sequence[Verdict]], str]


def _total(count: Callable[[Verdict], int]) -> Column:
    return lambda verdicts: str(sum(map(count, verdicts)))


def _longest(seconds: Callable[[Verdict], float]) -> Column:
    return lambda verdicts: f"{max(map(seconds, verdicts)):.1f}"


COLUMNS: Mapping[str, Column] = {
    "rounds": _total(lambda _: 1),
    "running": _total(lambda verdict: verdict.running),
    "reports": _total(lambda verdict: verdict.reports),
    "interrupted": _total(lambda verdict: verdict.interrupted),
    "started again": _total(lambda verdict: verdict.started_again),
    "worked on again": _total(lambda verdict: verdict.claimed_again),
    "stored twice": _total(lambda verdict: verdict.stored_twice),
    "not completed": _total(lambda verdict: verdict.reports - verdict.completed),
    "busy pods taken": _total(lambda verdict: len(verdict.taken)),
    "deaf": _longest(lambda verdict: verdict.deaf.seconds),
    "without queues": _longest(lambda verdict: verdict.without_queues.seconds),
    "minimum p50": lambda verdicts: f"{median(verdict.to_minimum_seconds for verdict in verdicts):.0f}",
    "minimum max": lambda verdicts: f"{max(verdict.to_minimum_seconds for verdict in verdicts):.0f}",
}

NOTES = (
    "running: reports that ran when the queue was emptied; reports: those that ran at all, all of which count.",
    "interrupted: runs that were cut off; started again: reports that Celery started more than once; worked on again: "
    "those that a second run could claim; stored twice: those whose end was written more than once.",
    "busy pods taken: their deletion was asked for while they ran a report; what a rollout replaces does not count.",
    "deaf, without queues: the longest, in seconds, that a Ready worker took no tasks without a reason, and for "
    "whatever reason; a retiring worker that finishes what it has is not deaf.",
    "minimum: seconds from the emptying of the queue until spec.replicas stood at its minimum for good.",
)


def table(title: str, played: Mapping[str, Sequence[Played]]) -> Table:
    """A row for each scenario, by its name; rounds that did not come to their end are in no figure."""
    rows = []
    for name, rounds in played.items():
        verdicts = [found.verdict for found in rounds if found.verdict]
        rows.append([name, *((column(verdicts) if verdicts else "-") for column in COLUMNS.values())])
    return Table(title, ["", *COLUMNS], rows)
