"""The connection to the reports' database, SQLite or PostgreSQL, and its clock."""

import logging
import math
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Float, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.functions import FunctionElement

from app.settings import settings

BUSY_SECONDS = 30
CONNECT_SECONDS = 5
KEPT_CONNECTIONS = 5
"""At most, in a process whose threads write at once; a prefork child needs one. More are made and closed again."""
POSTGRESQL = {
    "connect_timeout": CONNECT_SECONDS,
    # A server that is gone without a word is noticed in seconds; by the system's defaults in a quarter of an hour.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # A pooler that hands out connections by the transaction knows no statement prepared in another.
    "prepare_threshold": None,
}
USED_AT = "used_at"
IDLE_SECONDS = 1.0
"""A connection that was used so lately is believed to work; where it does not, what may not fail is done again."""
READ_ONLY = "25006"
"""SQLSTATE read_only_sql_transaction: the server was the primary, and a standby has taken its place."""
PAUSE_SECONDS = 0.5
"""Between two tries to reach the database."""

logger = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Written = TypeVar("Written")


class database_now(FunctionElement[float]):  # noqa: N801 -- used like sqlalchemy.func.now
    """Seconds since 1970 by the database's clock: the only clock that all workers share."""

    type = Float(53)
    inherit_cache = True


@compiles(database_now, "sqlite")
def _sqlite_now(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_now, "postgresql")
def _postgresql_now(*_: Any, **__: Any) -> str:
    # Not now(), which stands still at the begin of a transaction that may have waited for a lock.
    return "extract(epoch FROM clock_timestamp())::float8"


@cache
def engine() -> Engine:
    """The engine of this process."""
    url = settings().database_url
    return _sqlite(url) if url.startswith("sqlite") else _postgresql(url)


def autocommit() -> AbstractContextManager[Connection]:
    """A connection of which each statement is a transaction by itself: one trip to PostgreSQL in place of three."""
    return _autocommitting(engine()).begin()


@cache
def _autocommitting(chosen: Engine) -> Engine:
    """The same connections, another mode. SQLite has no trips to spare."""
    return chosen.execution_options(isolation_level="AUTOCOMMIT") if chosen.dialect.name == "postgresql" else chosen


def _postgresql(url: str) -> Engine:
    """Keeps one connection for each of a few threads, and tries it before use unless it was used just now."""
    postgresql = create_engine(url, connect_args=POSTGRESQL, pool_size=KEPT_CONNECTIONS, max_overflow=-1)

    @event.listens_for(postgresql, "checkin")
    def _note_its_use(_: Any, record: Any) -> None:
        record.info[USED_AT] = time.monotonic()

    @event.listens_for(postgresql, "checkout")
    def _try_what_lay_idle(connection: Any, record: Any, _: Any) -> None:
        if time.monotonic() - record.info.get(USED_AT, math.inf) > IDLE_SECONDS:
            try:
                postgresql.dialect.do_ping(connection)
            except postgresql.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool then makes another

    @event.listens_for(postgresql, "handle_error")
    def _leave_a_standby(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
            context.is_disconnect = True

    return postgresql


def _start_without_connections() -> None:
    """In a forked child: those of its parent are the parent's, and are left open there."""
    if engine.cache_info().currsize:
        engine().dispose(close=False)


os.register_at_fork(after_in_child=_start_without_connections)


def _sqlite(url: str) -> Engine:
    sqlite = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})

    # The driver's own idea of when a transaction begins would leave DDL outside; and a transaction that starts by
    # reading is refused at once when it comes to write beside another. So we begin all of them ourselves, as writers.
    @event.listens_for(sqlite, "connect")
    def _no_implicit_begin(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")  # or a deleted report leaves its answers

    @event.listens_for(sqlite, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return sqlite


def passes(error: DBAPIError) -> bool:
    """Whether it may be over in a while. To SQLite a table that is missing is an operational error, too."""
    if "no such table" in str(error.orig):
        return False
    return isinstance(error, OperationalError) or error.connection_invalidated


def sits_out_a_restart(write: Callable[Arguments, Written]) -> Callable[Arguments, Written]:
    """Write again while the database cannot be reached, for REPORT_DATABASE_WAIT_SECONDS; then raises DBAPIError.

    Where the connection broke after the server had written, it is written twice; a claim then finds the report taken,
    and the sweep frees it when the lease has expired.
    """

    @wraps(write)
    def patient(*arguments: Arguments.args, **options: Arguments.kwargs) -> Written:
        patience, told = settings().report_database_wait_seconds, False
        give_up = time.monotonic() + patience
        while True:
            try:
                return write(*arguments, **options)
            except DBAPIError as error:
                if not passes(error) or time.monotonic() >= give_up:
                    raise
                if not told:
                    logger.warning("waiting up to %.0f s for the database: %s", patience, error.orig)
                told = True
                time.sleep(PAUSE_SECONDS)

    return patient
