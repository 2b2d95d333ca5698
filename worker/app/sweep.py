"""Finds the reports that lost their message or their worker.

Redis may lose a message with the worker that fetched it, and a killed worker leaves its report running. The rows know:
a lease that has expired, or a queued report whose message is no longer in the queue. Sending once too often does no
harm, for only one message can claim the row.
"""

from sqlalchemy import ColumnElement, Connection, func, select, text, update

from app.claims import free_to_claim
from app.database import database_now, engine
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
        _give_up_what_kills_workers(connection)
        abandoned = _take(connection, Report.state == State.RUNNING, Report.lease_expires_at <= database_now())
        waiting = connection.scalar(select(func.count()).where(Report.state == State.QUEUED)) or 0
        missing = waiting - len(abandoned) - messages_waiting
        overdue = _take(
            connection, Report.state == State.QUEUED, Report.resend_at <= database_now(), at_most=min(missing, BATCH)
        )
        return [*abandoned, *overdue]


def give_up_what_kills_workers() -> None:
    """Fail the reports whose runs were all cut short."""
    with engine().begin() as connection:
        _give_up_what_kills_workers(connection)


def _only_one_sweeps(connection: Connection) -> bool:
    # On SQLite the transaction itself, begun IMMEDIATE, is the lock.
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK}))


def _give_up_what_kills_workers(connection: Connection) -> None:
    most = settings().report_max_attempts
    connection.execute(
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


def _take(connection: Connection, *which: ColumnElement[bool], at_most: int = BATCH) -> list[str]:
    """Put the oldest of them back into waiting, each time for longer."""
    if at_most <= 0:
        return []
    oldest = select(Report.id).where(*which).order_by(Report.created_at).limit(at_most)
    statement = (
        update(Report)
        .where(Report.id.in_(oldest))
        .values(
            state=State.QUEUED,
            lease_expires_at=None,
            sends=Report.sends + 1,
            resend_at=database_now() + settings().report_resend_seconds * (Report.sends + 1),
        )
        .returning(Report.id)
    )
    return list(connection.scalars(statement))
