"""`revrx-reports submit`."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

import click

from app.cli.jsonl import BadLine, GoodLine, read_lines
from app.cli.progress import progress
from app.intake import Stored, store
from app.messages import UNREACHABLE, send
from app.pursuit import Standing, Stopped, run_here, standings, wait_for_workers
from app.report import State
from app.settings import settings

BATCH = 500
MOST_LINES_TOLD = 50
SIGNALLED = 128
"""Added to a signal's number it is the exit code by which shells know that the signal ended a command."""


@dataclass
class Submission:
    """What became of the lines of the file."""

    line_of: dict[str, int] = field(default_factory=dict)
    bad: list[BadLine] = field(default_factory=list)


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--wait", is_flag=True, help="Wait until every report is completed or failed.")
@click.option("--timeout", type=click.FloatRange(min=0), default=3600.0, show_default=True, help="Seconds to wait.")
def submit(file: BinaryIO, *, wait: bool, timeout: float) -> None:
    """Store the encounters of FILE and have a report made of each.

    FILE holds a JSON object with id, title and text on each line; - is standard input. With ENABLE_CELERY=true Celery
    workers make the reports, else this process does. An id that is stored already with the same text counts by what
    came of it and is not run again.
    """
    deadline = time.monotonic() + timeout
    submission = Submission()
    for batch in _batches(file):
        _store_and_send(batch, submission)
    if wait or not settings().enable_celery:
        _see_through(submission, deadline)
    else:
        _end(f"{len(submission.line_of)} submitted, {len(submission.bad)} failed", good=not submission.bad)


def _batches(file: BinaryIO) -> Iterator[list[GoodLine | BadLine]]:
    lines = read_lines(file)
    while batch := list(islice(lines, BATCH)):
        yield batch


def _store_and_send(batch: list[GoodLine | BadLine], submission: Submission) -> None:
    good = [line for line in batch if isinstance(line, GoodLine)]
    bad = [line for line in batch if isinstance(line, BadLine)]
    stored = store([line.encounter for line in good])
    for line in good:
        if stored[line.encounter.id] is Stored.CONFLICT:
            bad.append(BadLine(line.number, f"the id {line.encounter.id} is stored already with another text"))
        else:
            submission.line_of[line.encounter.id] = line.number
    for found in sorted(bad, key=lambda found: found.number):
        click.echo(f"line {found.number}: {found.reason}", err=True)
    submission.bad += bad
    if settings().enable_celery:
        send_or_tell([report_id for report_id, outcome in stored.items() if outcome is Stored.NEW])


def send_or_tell(ids: Sequence[str]) -> None:
    """Send a message for each report. Raises ClickException, with the cure, where Redis is away."""
    try:
        send(ids)
    except UNREACHABLE as error:
        raise click.ClickException(
            f"Redis (CELERY_BROKER_URL or REDIS_URL) cannot be reached: {error}. The reports read so far are stored as "
            "queued; workers on this database will send them again. Or submit the file once more."
        ) from None


def see_through(ids: list[str], deadline: float) -> Stopped | None:
    """Wait for the workers, or run the reports here, with their progress shown; tells whether a signal stopped it."""
    pursue = wait_for_workers if settings().enable_celery else run_here
    with progress(len(ids)) as on_finished:
        try:
            pursue(ids, on_finished, deadline)
        except Stopped as stopped:
            return stopped
    return None


def _see_through(submission: Submission, deadline: float) -> None:
    stopped = see_through(list(submission.line_of), deadline)
    found = standings(submission.line_of)
    failed = {report_id: standing for report_id, standing in found.items() if standing.state == State.FAILED}
    _tell_failed(failed, submission.line_of)
    completed = sum(standing.state == State.COMPLETED for standing in found.values())
    unfinished = len(submission.line_of) - completed - len(failed)
    if unfinished:
        why = "stopped" if stopped else "timed out"
        click.echo(f"{why}: {unfinished} reports are not finished; submit the file again to go on with them", err=True)
    count = len(failed) + len(submission.bad)
    _end(f"{completed} completed, {count} failed", good=not count and not unfinished, stopped=stopped)


def _tell_failed(failed: dict[str, Standing], line_of: dict[str, int]) -> None:
    for report_id, standing in islice(failed.items(), MOST_LINES_TOLD):
        click.echo(f"line {line_of[report_id]}: report {report_id} failed: {standing.error}", err=True)
    if len(failed) > MOST_LINES_TOLD:
        click.echo(f"… and {len(failed) - MOST_LINES_TOLD} more", err=True)


def _end(line: str, *, good: bool, stopped: Stopped | None = None) -> None:
    click.echo(line)
    sys.exit(SIGNALLED + stopped.signal if stopped else 0 if good else 1)
