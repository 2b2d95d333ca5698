"""Claiming a report, keeping it, and storing what came of it.

A claim is one UPDATE on the database's clock that raises the fencing token. Every later write of the run tests the
token, so that a run which was taken for dead, and is not, can no longer change anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.exc import SQLAlchemyError

from app.database import database_now, engine, sits_out_a_restart
from app.report import FINAL, VERSION, Report, State
from app.retries import Counts
from app.settings import settings
from app.storable import storable


class ClaimLost(Exception):
    """Another run has the report: what this one goes on to do is for nothing."""


@dataclass(frozen=True)
class Claim:
    """One run's right to write to a row, until another run claims it."""

    report_id: str
    token: int
    text: bytes
    counts: Counts
    """With this run counted as an attempt."""


def claim(report_id: str) -> Claim | None:
    """Take the report for this run; None if it is finished, unknown, put off, given up or in another run's hands.

    A report that asks for more than this worker knows is left to a newer one.
    """
    statement = (
        update(Report)
        .where(Report.id == report_id, Report.version <= VERSION)
        .where(free_to_claim(), Report.attempts < settings().report_max_attempts)
        .values(
            state=State.RUNNING,
            token=Report.token + 1,
            attempts=Report.attempts + 1,
            lease_expires_at=_lease_end(),
            resend_at=None,
            stage=None,
            started_at=database_now(),
            error_code=None,
            error_message=None,
        )
        .returning(Report.token, Report.text, Report.attempts, Report.retries)
    )
    with engine().begin() as connection:
        row = connection.execute(statement).one_or_none()
    return Claim(report_id, row.token, row.text, Counts(row.attempts, row.retries)) if row else None


def free_to_claim() -> ColumnElement[bool]:
    """The row is queued, or its time has come, or the run that held it has not renewed its lease."""
    return or_(
        Report.state == State.QUEUED,
        and_(Report.state == State.WAITING, Report.resend_at <= database_now()),
        and_(Report.state == State.RUNNING, Report.lease_expires_at <= database_now()),
    )


def complete(held: Claim, result: dict[str, Any], run_seconds: float) -> bool:
    """Store the result; False if the claim was lost meanwhile, then nothing is stored."""
    return _finish(held, state=State.COMPLETED, percent=100, result=storable(result), run_seconds=run_seconds)


def fail(held: Claim, code: str, message: str, run_seconds: float) -> bool:
    """Store why there is no result; False if the claim was lost meanwhile, then nothing is stored."""
    return _finish(held, state=State.FAILED, error_code=code, error_message=storable(message), run_seconds=run_seconds)


@sits_out_a_restart
def give_back(held: Claim, seconds: float, counts: Counts, code: str, message: str) -> bool:
    """Put the report off for so long; False if the claim was lost meanwhile, then nothing is stored."""
    return _write(
        held,
        state=State.WAITING,
        resend_at=database_now() + seconds,
        lease_expires_at=None,
        stage=None,
        attempts=counts.attempts,
        retries=counts.retries,
        error_code=code,
        error_message=storable(message),
    )


def show_progress(held: Claim, stage: str, percent: int) -> None:
    """Tell on the row how far the run is. Raises ClaimLost."""
    if not _write(held, stage=stage, percent=percent):
        raise ClaimLost


@contextmanager
def lease_kept(held: Claim) -> Iterator[None]:
    """Renew the lease from a thread of its own until the block ends, but no longer than a task may run."""
    over = Event()
    thread = Thread(target=_renew_until, args=(held, over), name=f"lease-{held.report_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew_until(held: Claim, over: Event) -> None:
    interval = settings().report_lease_seconds / 3
    for _ in range(int(settings().celery_task_time_limit / interval) + 1):
        if over.wait(interval):
            return
        try:
            if not _write(held, lease_expires_at=_lease_end()):
                return
        except SQLAlchemyError:
            # Two more renewals fit into the lease; after that the row is free to claim, and the token guards it.
            continue


@sits_out_a_restart
def _finish(held: Claim, **values: Any) -> bool:
    over = {"finished_at": database_now(), "lease_expires_at": None, "resend_at": None, "stage": None}
    return _write(held, **over, **values)


def _write(held: Claim, **values: Any) -> bool:
    statement = update(Report).where(
        Report.id == held.report_id, Report.token == held.token, Report.state.not_in(FINAL)
    )
    with engine().begin() as connection:
        return connection.execute(statement.values(**values)).rowcount == 1


def _lease_end() -> ColumnElement[float]:
    return database_now() + settings().report_lease_seconds
