"""The reports that were given up: listing them, and giving them another chance."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, RowMapping, func, select, update

from app.database import database_now, engine
from app.intake import MISSING
from app.report import Report, State
from app.settings import settings

COLUMNS = ("id", "title", "error_code", "error_message", "attempts", "retries", "cost_micros", "finished_at")

LEFT_BY_THE_LAST_RUN = ("percent", "started_at", "finished_at", "run_seconds", "error_code", "error_message")


def failed_reports(code: str | None, most: int) -> Sequence[RowMapping]:
    """The reports that failed, the latest first; with a code only those that failed for this reason."""
    columns = [getattr(Report, name) for name in COLUMNS]
    statement = select(*columns).where(*_failed(code)).order_by(Report.finished_at.desc(), Report.id).limit(most)
    with engine().connect() as connection:
        return connection.execute(statement).mappings().all()


def count_failed(code: str | None) -> int:
    """How many there are."""
    with engine().connect() as connection:
        return connection.scalar(select(func.count()).where(*_failed(code))) or 0


def requeue(*which: ColumnElement[bool]) -> list[str]:
    """Queue the failed reports among these again, as if they were new; their paid answers are kept. Gives their ids.

    But not those of which there is only a message: they wait for their encounter to be stored.
    """
    statement = update(Report).where(Report.state == State.FAILED, Report.error_code != MISSING, *which)
    fresh = {"attempts": 0, "retries": 0} | dict.fromkeys(LEFT_BY_THE_LAST_RUN)
    with engine().begin() as connection:
        values = {"state": State.QUEUED, "resend_at": database_now() + settings().report_resend_seconds, **fresh}
        return list(connection.scalars(statement.values(sends=Report.sends + 1, **values).returning(Report.id)))


def _failed(code: str | None) -> list[ColumnElement[bool]]:
    return [Report.state == State.FAILED, *([Report.error_code == code] if code else [])]
