"""`revrx-reports load-test`."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import click
from sqlalchemy import delete, select

from app.cli.submit import SIGNALLED, see_through, send_or_tell
from app.database import engine
from app.intake import Encounter, store
from app.report import Report, State
from app.sample import TEXT
from app.settings import settings

BATCH = 500


@dataclass(frozen=True)
class Measured:
    """What came of the reports; durations in seconds."""

    completed: int
    failed: int
    unfinished: int
    seconds: float
    waits: Sequence[float]
    runs: Sequence[float]


@click.command("load-test")
@click.option("--reports", type=click.IntRange(1, 100_000), default=100, show_default=True, help="How many.")
@click.option("--timeout", type=click.FloatRange(min=0), default=600.0, show_default=True, help="Seconds to wait.")
@click.option("--keep", is_flag=True, help="Leave the reports in the database.")
def load_test(*, reports: int, timeout: float, keep: bool) -> None:
    """Have a number of small reports made, and tell how long they waited and ran.

    With ENABLE_CELERY=true Celery workers make them, else this process does. The exit code is 0 only if all are
    completed. The reports are deleted again.
    """
    prefix = f"load-test-{uuid4().hex[:8]}"
    ids = [f"{prefix}-{number:06}" for number in range(reports)]
    began = time.monotonic()
    try:
        _submit(ids)
        stopped = see_through(ids, began + timeout)
        measured = _measured(prefix, time.monotonic() - began)
    finally:
        if not keep:
            _delete(prefix)
    _tell(measured)
    sys.exit(SIGNALLED + stopped.signal if stopped else 0 if measured.completed == reports else 1)


def _submit(ids: Sequence[str]) -> None:
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        store([Encounter(report_id, "Load test", TEXT) for report_id in batch])
        if settings().enable_celery:
            send_or_tell(batch)


def _measured(prefix: str, seconds: float) -> Measured:
    """Read off the rows. A wait is from storing a report to the start of its last run."""
    columns = select(Report.state, Report.created_at, Report.started_at, Report.run_seconds)
    with engine().connect() as connection:
        rows = connection.execute(columns.where(Report.id.startswith(prefix))).all()
    states = [row.state for row in rows]
    completed, failed = states.count(State.COMPLETED), states.count(State.FAILED)
    return Measured(
        completed,
        failed,
        len(rows) - completed - failed,
        seconds,
        waits=[row.started_at - row.created_at for row in rows if row.started_at is not None],
        runs=[row.run_seconds for row in rows if row.run_seconds is not None],
    )


def _delete(prefix: str) -> None:
    with engine().begin() as connection:
        connection.execute(delete(Report).where(Report.id.startswith(prefix)))


def _tell(measured: Measured) -> None:
    mode = "Celery workers" if settings().enable_celery else "this process (asyncio)"
    rate = measured.completed / measured.seconds
    click.echo(f"{measured.completed} reports by {mode} in {measured.seconds:.1f} s, {rate:.1f} a second")
    click.echo("seconds       p50      p95")
    for name, values in (("waited", measured.waits), ("ran", measured.runs)):
        click.echo(f"{name:8}{percentile(values, 50):9.3f}{percentile(values, 95):9.3f}")
    click.echo(f"{measured.failed} failed, {measured.unfinished} not finished in time")


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many percent of the values do not exceed; NaN where there are none."""
    if not values:
        return float("nan")
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1]
