"""Storing what is submitted, before any message is sent."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.database import database_now, engine
from app.report import VERSION, Report, State
from app.settings import settings

MISSING = "report_missing"


@dataclass(frozen=True)
class Encounter:
    """What a report is made of. The text is bytes, because it may turn out not to be UTF-8."""

    id: str
    title: str
    text: bytes


class Stored(StrEnum):
    """What became of an encounter that was to be stored."""

    NEW = "new"
    KNOWN = "known"
    CONFLICT = "conflict"


def store(encounters: list[Encounter]) -> dict[str, Stored]:
    """Store the encounters as queued reports, in one transaction; those with an id that is known stay as they are."""
    with engine().begin() as connection:
        return {encounter.id: _store(connection, encounter) for encounter in encounters}


def _store(connection: Connection, encounter: Encounter) -> Stored:
    fresh = {
        "title": encounter.title,
        "text": encounter.text,
        "version": VERSION,
        "state": State.QUEUED,
        "created_at": database_now(),
        "resend_at": database_now() + settings().report_resend_seconds,
        "sends": 1,
    }
    if _insert(connection, id=encounter.id, **fresh):
        return Stored.NEW
    only_its_message_was_known = (Report.id == encounter.id) & (Report.error_code == MISSING)
    cleared = {"error_code": None, "error_message": None, "finished_at": None}
    if connection.execute(update(Report).where(only_its_message_was_known).values(**fresh, **cleared)).rowcount:
        return Stored.NEW
    known = connection.scalar(select(Report.text).where(Report.id == encounter.id))
    return Stored.KNOWN if known == encounter.text else Stored.CONFLICT


def record_missing(report_id: str) -> bool:
    """Record that a message came for a report that nobody stored; False if the report exists."""
    with engine().begin() as connection:
        return _insert(
            connection,
            id=report_id,
            title="",
            text=b"",
            state=State.FAILED,
            created_at=database_now(),
            finished_at=database_now(),
            error_code=MISSING,
            error_message="a message came for this report, but no encounter was stored under its id",
        )


def _insert(connection: Connection, **values: object) -> bool:
    """Insert the row unless its id is taken; True if it was inserted."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Report).values(values).on_conflict_do_nothing(index_elements=["id"])
    return connection.scalar(statement.returning(Report.id)) is not None
