"""The answers of paid APIs, kept by what was asked, so that no run pays for what another has paid for.

They need no claim: an answer is the same whoever stores it, and a run that lost its claim has paid all the same.
"""

import logging
import time
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from app import rescue
from app.database import PAUSE_SECONDS, autocommit, database_now, engine, passes, sits_out_a_restart
from app.engines.api import Answer, ApiRequest, Content, Spent
from app.report import Report, StoredAnswer
from app.settings import settings
from app.storable import storable

RESCUED = "the database is away for too long: the next run finds the answer in Redis"
LOST = "the answer is lost: neither the database nor Redis took it, and the run has no time left"

logger = logging.getLogger(__name__)


def known(report_id: str, request: ApiRequest) -> Content | None:
    """What was answered to that request of the report; None if nobody has paid for it yet."""
    content = _stored(report_id, request.hash)
    if content is not None:
        return content
    rescued = rescue.find(report_id, request)
    if rescued is None:
        return None
    _bring_home(report_id, request, rescued)
    return rescued.content


def store(report_id: str, request: ApiRequest, answer: Answer, latest: float) -> None:
    """Keep the answer and add its cost to the report, in one transaction.

    While the database cannot be reached Redis keeps it for the next run, and this one waits as long as for anything
    else. An answer that Redis does not take either is held until `latest`, on the monotonic clock, also past the soft
    time limit. Then raises DBAPIError.
    """
    try:
        _write(report_id, request, answer)
    except DBAPIError as error:
        if not passes(error):
            raise
        _hold(report_id, request, answer, latest)
    except SoftTimeLimitExceeded:
        _hold(report_id, request, answer, latest)


def _hold(report_id: str, request: ApiRequest, answer: Answer, latest: float) -> None:
    """Until the database has it; or until Redis has it, and the database was waited for."""
    enough = min(time.monotonic() + settings().report_database_wait_seconds, latest)
    logger.warning("report %s: holding an answer that was paid for until the database takes it", report_id)
    rescued = tried = False
    while True:
        try:
            rescued = rescued or rescue.keep(report_id, request, answer, again=tried)
            tried = True
            time.sleep(PAUSE_SECONDS)
            return _write(report_id, request, answer, again=True)
        except SoftTimeLimitExceeded:
            continue  # it comes only once, and the run asks for no more after it
        except DBAPIError as error:
            if not passes(error):
                raise
            if time.monotonic() >= (enough if rescued else latest):
                logger.error("report %s: %s", report_id, RESCUED if rescued else LOST)
                raise


@sits_out_a_restart
def charge(report_id: str, spent: Spent) -> None:
    """Add to the report what was paid for an answer that is of no use."""
    with autocommit() as connection:
        _charge(connection, report_id, spent)


@sits_out_a_restart
def _stored(report_id: str, request_hash: str) -> Content | None:
    which = (StoredAnswer.report_id == report_id, StoredAnswer.request_hash == request_hash)
    with autocommit() as connection:
        return connection.scalar(select(StoredAnswer.content).where(*which))


@sits_out_a_restart
def _bring_home(report_id: str, request: ApiRequest, rescued: Answer) -> None:
    _write(report_id, request, rescued, again=True)


def _write(report_id: str, request: ApiRequest, answer: Answer, *, again: bool = False) -> None:
    """`again`: it may be there with its cost, from Redis by another run, or written before the connection broke."""
    with engine().begin() as connection:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        row = {"report_id": report_id, "request_hash": request.hash, "content": storable(dict(answer.content))}
        statement = dialect.insert(StoredAnswer).values(row | {"answered_at": database_now()}).on_conflict_do_nothing()
        is_new = connection.scalar(statement.returning(StoredAnswer.request_hash)) is not None
        if is_new or not again:
            # Workers that are killed now and then must not end a long report: only runs without an answer count.
            _charge(connection, report_id, answer.spent, attempts=0)


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
