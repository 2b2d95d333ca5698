"""What became of the reports of a round, and whether that is what was promised."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.e2e.killer.deafness import Spell
from tests.e2e.killer.sights import Deletion
from tests.e2e.reports import Row

DEAF_SECONDS = 30.0
"""No Ready worker may be deaf for so long."""


class Run(NamedTuple):
    """Celery ran the task of a report."""

    report_id: str
    pod: str
    began: float
    ended: float | None
    """None where it was cut off."""
    outcome: str | None = "completed"
    """What the task returned or raised."""

    def at(self, moment: float) -> bool:
        """Say whether it was under way then."""
        return self.began <= moment and (self.ended is None or moment < self.ended)


class Traces(NamedTuple):
    """What the reports of a round have left behind."""

    rows: Sequence[Row] = ()
    runs: Sequence[Run] = ()
    stored: Sequence[str] = ()
    """Ids, one for each time that the end of a report was written."""


@dataclass(frozen=True)
class Verdict:
    """The figures of a round."""

    running: int
    """Reports that ran when the queue was emptied."""
    reports: int
    """Reports that ran at all."""
    completed: int
    interrupted: int
    """Runs that were cut off."""
    started_again: int
    """Reports that Celery started more than once."""
    claimed_again: int
    """Reports that more than one run worked on."""
    stored_twice: int
    taken: tuple[str, ...]
    """Pods whose deletion was asked for while they ran a report."""
    deaf: Spell
    """The longest that a Ready worker took no tasks without reason."""
    without_queues: Spell
    """The longest that a Ready worker took no tasks for whatever reason."""
    to_minimum_seconds: float
    """From the emptying of the queue until the pool stood at its minimum for good."""


def taken_while_busy(deletions: Iterable[Deletion], runs: Sequence[Run], replaced: str = "") -> tuple[str, ...]:
    """The pods that had to go in the middle of a report, without those of the template that a rollout replaced."""
    return tuple(
        deletion.pod
        for deletion in deletions
        if not (replaced and deletion.template == replaced)
        if any(run.pod == deletion.pod and run.at(deletion.at) for run in runs)
    )


def judge(
    traces: Traces,
    *,
    running: int,
    taken: tuple[str, ...],
    deaf: Spell,
    without_queues: Spell,
    to_minimum_seconds: float,
) -> Verdict:
    """Count."""
    return Verdict(
        running=running,
        reports=len(traces.rows),
        completed=sum(row.state == "completed" for row in traces.rows),
        interrupted=sum(run.ended is None for run in traces.runs),
        started_again=_more_than_once(run.report_id for run in traces.runs),
        claimed_again=sum(row.attempts > 1 for row in traces.rows),
        stored_twice=_more_than_once(traces.stored),
        taken=taken,
        deaf=deaf,
        without_queues=without_queues,
        to_minimum_seconds=to_minimum_seconds,
    )


def repeated(runs: Sequence[Run]) -> list[Run]:
    """The runs of reports that have more than one, in their order, and those that were cut off."""
    counts = Counter(run.report_id for run in runs)
    return sorted(run for run in runs if counts[run.report_id] > 1 or run.ended is None)


def _more_than_once(ids: Iterable[str]) -> int:
    return sum(count > 1 for count in Counter(ids).values())


def complaints(verdict: Verdict, *, may_start_again: bool) -> Iterator[str]:
    """What was promised and not kept, a sentence each."""
    if verdict.completed != verdict.reports:
        yield f"{verdict.reports - verdict.completed} of {verdict.reports} reports were not completed"
    if verdict.stored_twice:
        yield f"{verdict.stored_twice} reports were stored twice"
    if verdict.interrupted:
        yield f"{verdict.interrupted} runs were interrupted"
    if verdict.started_again and not may_start_again:
        yield f"{verdict.started_again} reports were started more than once"
    if verdict.taken:
        yield f"pods taken away while they ran a report: {', '.join(verdict.taken)}"
    if verdict.deaf.seconds >= DEAF_SECONDS:
        yield f"{verdict.deaf.pod} was Ready and deaf for {verdict.deaf.seconds:.0f} s from {verdict.deaf.began:.0f} on"
