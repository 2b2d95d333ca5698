"""Claiming a report, keeping it, and storing what came of it.

A claim is one UPDATE on the database's clock that raises the fencing token. Every later write of the run tests the
token, so that a run which was taken for dead, and is not, can no longer change anything.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, bindparam, or_, update

from app.database import autocommit, database_now, sits_out_a_restart
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


def free_to_claim() -> ColumnElement[bool]:
    """The row is queued, or its time has come, or the run that held it has not renewed its lease."""
    return or_(
        Report.state == State.QUEUED,
        and_(Report.state == State.WAITING, Report.resend_at <= database_now()),
        and_(Report.state == State.RUNNING, Report.lease_expires_at <= database_now()),
    )


_LEASE_END = database_now() + bindparam("lease_seconds")
_CLAIM = (
    update(Report)
    .where(Report.id == bindparam("report_id"), Report.version <= bindparam("known_version"))
    .where(free_to_claim(), Report.attempts < bindparam("most_attempts"))
    .values(
        state=State.RUNNING,
        token=Report.token + 1,
        attempts=Report.attempts + 1,
        lease_expires_at=_LEASE_END,
        resend_at=None,
        stage=None,
        started_at=database_now(),
        error_code=None,
        error_message=None,
    )
    .returning(Report.token, Report.text, Report.attempts, Report.retries)
)
_HELD = update(Report).where(
    Report.id == bindparam("held_id"), Report.token == bindparam("held_token"), Report.state.not_in(FINAL)
)
_RENEW = _HELD.values(lease_expires_at=_LEASE_END)
_PUT_OFF = _HELD.values(resend_at=database_now() + bindparam("seconds"), lease_expires_at=None, stage=None)
_FINISH = _HELD.values(finished_at=database_now(), lease_expires_at=None, resend_at=None, stage=None)


@sits_out_a_restart
def claim(report_id: str) -> Claim | None:
    """Take the report for this run; None if it is finished, unknown, put off, given up or in another run's hands.

    A report that asks for more than this worker knows is left to a newer one.
    """
    values = {
        "report_id": report_id,
        "known_version": VERSION,
        "most_attempts": settings().report_max_attempts,
        "lease_seconds": settings().report_lease_seconds,
    }
    with autocommit() as connection:
        row = connection.execute(_CLAIM, values).one_or_none()
    return Claim(report_id, row.token, row.text, Counts(row.attempts, row.retries)) if row else None


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
        _PUT_OFF,
        seconds=seconds,
        state=State.WAITING,
        attempts=counts.attempts,
        retries=counts.retries,
        error_code=code,
        error_message=storable(message),
    )


def show_progress(held: Claim, stage: str, percent: int) -> None:
    """Tell on the row how far the run is. Raises ClaimLost."""
    if not _write(held, _HELD, stage=stage, percent=percent):
        raise ClaimLost


def renew(held: Claim) -> bool:
    """Keep the report for another `report_lease_seconds`; False if the claim was lost meanwhile."""
    return _write(held, _RENEW, lease_seconds=settings().report_lease_seconds)


@sits_out_a_restart
def _finish(held: Claim, **values: Any) -> bool:
    return _write(held, _FINISH, **values)


def _write(held: Claim, statement: Update, **values: Any) -> bool:
    """The values are of the statement's own parameters, and of further columns by their names."""
    with autocommit() as connection:
        written = connection.execute(statement, {"held_id": held.report_id, "held_token": held.token, **values})
        return written.rowcount == 1
