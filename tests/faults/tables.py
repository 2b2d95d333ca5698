"""The figures of all scenarios as one table."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bench.result import Table
from tests.faults.verdict import Verdict


class Row(NamedTuple):
    """A scenario that was played."""

    fault: str
    pool: str
    verdict: Verdict


COLUMNS: Mapping[str, Callable[[Row], object]] = {
    "fault": lambda row: row.fault,
    "pool": lambda row: row.pool,
    "reports": lambda row: row.verdict.reports,
    "completed": lambda row: row.verdict.completed,
    "lost": lambda row: row.verdict.lost,
    "stored twice": lambda row: row.verdict.stored_twice,
    "runs": lambda row: row.verdict.runs,
    "paid": lambda row: row.verdict.bill.paid,
    "paid again": lambda row: row.verdict.bill.again,
    "for nothing": lambda row: row.verdict.bill.for_nothing,
    "at most": lambda row: row.verdict.bound,
    "seconds": lambda row: f"{row.verdict.seconds:.0f}",
}

NOTES = (
    "lost: not completed in time, or failed; stored twice: reports whose end was written more than once.",
    "runs: how often a run claimed a report.",
    "paid: requests that the API answered; paid again: those made when the answer was stored already; for nothing: "
    "those whose answer was not kept; at most: as many as requests can be under way where the fault strikes.",
    "seconds: from the first message to the last report's end.",
)


def table(rows: Sequence[Row]) -> Table:
    """A row for each scenario."""
    cells = [[str(cell(row)) for cell in COLUMNS.values()] for row in rows]
    return Table("The fault matrix", list(COLUMNS), cells)
