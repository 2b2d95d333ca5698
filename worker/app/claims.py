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

from app.database import database_now, engine
from app.report import FINAL, Report, State
from app.settings import settings


@dataclass(frozen=True)
class Claim:
    """One run's right to write to a row, until another run claims it."""

    report_id: str
    token: int
    text: bytes


def claim(report_id: str) -> Claim | None:
    """Take the report for this run; None if it is finished, unknown, out of attempts or in another run's hands."""
    statement = (
        update(Report)
        .where(Report.id == report_id, free_to_claim(), Report.attempts < settings().report_max_attempts)
        .values(
            state=State.RUNNING,
            token=Report.token + 1,
            attempts=Report.attempts + 1,
            lease_expires_at=_lease_end(),
            resend_at=None,
            started_at=database_now(),
        )
        .returning(Report.token, Report.text)
    )
    with engine().begin() as connection:
        row = connection.execute(statement).one_or_none()
    return Claim(report_id, row.token, row.text) if row else None


def free_to_claim() -> ColumnElement[bool]:
    """The row waits, or the run that held it has not renewed its lease."""
    return or_(
        Report.state == State.QUEUED,
        and_(Report.state == State.RUNNING, Report.lease_expires_at <= database_now()),
    )


def complete(held: Claim, result: dict[str, Any], run_seconds: float) -> bool:
    """Store the result; False if the claim was lost meanwhile, then nothing is stored."""
    return _finish(held, state=State.COMPLETED, result=result, run_seconds=run_seconds, error_code=None)


def fail(held: Claim, code: str, message: str, run_seconds: float) -> bool:
    """Store why there is no result; False if the claim was lost meanwhile, then nothing is stored."""
    return _finish(held, state=State.FAILED, error_code=code, error_message=message, run_seconds=run_seconds)


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


def _finish(held: Claim, **values: Any) -> bool:
    return _write(held, finished_at=database_now(), lease_expires_at=None, resend_at=None, **values)


def _write(held: Claim, **values: Any) -> bool:
    statement = update(Report).where(
        Report.id == held.report_id, Report.token == held.token, Report.state.not_in(FINAL)
    )
    with engine().begin() as connection:
        return connection.execute(statement.values(**values)).rowcount == 1


def _lease_end() -> ColumnElement[float]:
    return database_now() + settings().report_lease_seconds
