"""The answers of paid APIs, kept by what was asked, so that no run pays for what another has paid for.

They need no claim: an answer is the same whoever stores it, and a run that lost its claim has paid all the same.
"""

from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.database import autocommit, database_now, engine, sits_out_a_restart
from app.engines.api import Answer, Content, Spent
from app.report import Report, StoredAnswer
from app.storable import storable


@sits_out_a_restart
def stored_answer(report_id: str, request_hash: str) -> Content | None:
    """What was answered to that request of the report; None if nobody has paid for it yet."""
    which = (StoredAnswer.report_id == report_id, StoredAnswer.request_hash == request_hash)
    with autocommit() as connection:
        return connection.scalar(select(StoredAnswer.content).where(*which))


@sits_out_a_restart
def store(report_id: str, request_hash: str, answer: Answer) -> None:
    """Keep the answer and add its cost to the report, in one transaction."""
    with engine().begin() as connection:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        row = {"report_id": report_id, "request_hash": request_hash, "content": storable(dict(answer.content))}
        statement = dialect.insert(StoredAnswer).values(row | {"answered_at": database_now()})
        connection.execute(statement.on_conflict_do_nothing())
        # Workers that are killed now and then must not end a long report: only runs without an answer count against it.
        _charge(connection, report_id, answer.spent, attempts=0)


@sits_out_a_restart
def charge(report_id: str, spent: Spent) -> None:
    """Add to the report what was paid for an answer that is of no use."""
    with autocommit() as connection:
        _charge(connection, report_id, spent)


def _charge(connection: Connection, report_id: str, spent: Spent, **values: Any) -> None:
    connection.execute(
        update(Report)
        .where(Report.id == report_id)
        .values(
            api_calls=Report.api_calls + 1,
            input_tokens=Report.input_tokens + spent.input_tokens,
            output_tokens=Report.output_tokens + spent.output_tokens,
            cost_micros=Report.cost_micros + spent.cost_micros,
            **values,
        )
    )
