"""Finds the reports that lost their message or their worker.

Redis may lose a message with the worker that fetched it, and a killed worker leaves its report running. The rows know:
a lease that has expired, a queued report whose message is no longer in the queue, or one that was put off and whose
time has come. Sending once too often does no harm, for only one message can claim the row.
"""

from sqlalchemy import ColumnElement, Connection, func, select, text, update

from app.claims import free_to_claim
from app.database import database_now, engine
from app.metering import runs_interrupted
from app.report import Report, State
from app.settings import settings

ADVISORY_LOCK = 0x7265767279
BATCH = 500


def sweep(messages_waiting: int) -> list[str]:
    """The ids of the reports to send again, their next time already set; empty while another process sweeps.

    `messages_waiting` tells how many messages wait in the queue: reports get a second message only as far as more
    reports wait than messages, or a long queue would be sent again and again.
    """
    with engine().begin() as connection:
        if not _only_one_sweeps(connection):
            return []
        given_up = _give_up_what_kills_workers(connection)
        abandoned = _take(connection, Report.state == State.RUNNING, Report.lease_expires_at <= database_now())
        due = _take(connection, Report.state == State.WAITING, Report.resend_at <= database_now())
        sent = [*abandoned, *due]
        queued = connection.scalar(select(func.count()).where(Report.state == State.QUEUED)) or 0
        missing = queued - len(sent) - messages_waiting
        overdue = _take_overdue(connection, min(missing, BATCH))
    runs_interrupted(given_up + len(abandoned))
    return [*sent, *overdue]


def give_up_what_kills_workers() -> None:
    """Fail the reports whose runs were all cut short."""
    with engine().begin() as connection:
        _give_up_what_kills_workers(connection)


def _only_one_sweeps(connection: Connection) -> bool:
    # On SQLite the transaction itself, begun IMMEDIATE, is the lock.
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK}))


def _give_up_what_kills_workers(connection: Connection) -> int:
    most = settings().report_max_attempts
    given_up = connection.execute(
        update(Report)
        .where(free_to_claim(), Report.attempts >= most)
        .values(
            state=State.FAILED,
            error_code="worker_lost",
            error_message=f"{most} runs ended without a result: each time the worker was killed or went silent",
            lease_expires_at=None,
            resend_at=None,
            finished_at=database_now(),
        )
    )
    return given_up.rowcount


def _take_overdue(connection: Connection, at_most: int) -> list[str]:
    """Doubt messages, of each report a little later than the last time: they may just wait in a long queue."""
    if at_most <= 0:
        return []
    overdue = (Report.state == State.QUEUED, Report.resend_at <= database_now())
    return _take(connection, *overdue, at_most=at_most, times=Report.sends + 1)


def _take(
    connection: Connection,
    *which: ColumnElement[bool],
    at_most: int = BATCH,
    times: ColumnElement[int] | int = 1,
) -> list[str]:
    """Queue the oldest of them, and set when to doubt the message that they get: after so many times the usual."""
    oldest = select(Report.id).where(*which).order_by(Report.created_at).limit(at_most)
    statement = (
        update(Report)
        .where(Report.id.in_(oldest))
        .values(
            state=State.QUEUED,
            lease_expires_at=None,
            sends=Report.sends + 1,
            resend_at=database_now() + settings().report_resend_seconds * times,
        )
        .returning(Report.id)
    )
    return list(connection.scalars(statement))
