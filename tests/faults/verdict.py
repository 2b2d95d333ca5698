"""What became of the reports of a scenario, and whether that is what was promised."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.bill import Bill


@dataclass(frozen=True)
class Verdict:
    """The figures of a scenario."""

    reports: int
    completed: int
    stored_twice: int
    """Reports whose end was written more than once."""
    runs: int
    """How often a run claimed a report."""
    bill: Bill
    bound: int
    """So many requests may have been paid for nothing."""
    seconds: float
    """From the first report's message to the last report's end."""
    trouble: tuple[str, ...] = ()
    """What else went wrong, a sentence each."""

    @property
    def lost(self) -> int:
        """Reports that did not come to their end in time, and those that failed."""
        return self.reports - self.completed


def complaints(verdict: Verdict) -> Iterator[str]:
    """What was promised and not kept, a sentence each."""
    if verdict.lost:
        yield f"{verdict.lost} of {verdict.reports} reports were not completed"
    if verdict.stored_twice:
        yield f"{verdict.stored_twice} reports were stored twice"
    if verdict.bill.again:
        yield f"{verdict.bill.again} answers that were stored were paid for again"
    if verdict.bill.for_nothing > verdict.bound:
        yield f"{verdict.bill.for_nothing} requests were paid for nothing, where at most {verdict.bound} may be"
    yield from verdict.trouble
