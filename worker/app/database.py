"""The connection to the reports' database, SQLite or PostgreSQL, and its clock."""

import os
import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Engine, Float, create_engine, event
from sqlalchemy.exc import OperationalError
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
OUTAGE_SECONDS = 60.0
"""A restart of the database is sat out for so long where a result, or what was paid for, would be lost."""
PAUSE_SECONDS = 0.5

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
    """The engine of this process. On PostgreSQL it keeps one connection for each of a few threads, tried before use."""
    url = settings().database_url
    if url.startswith("sqlite"):
        return _sqlite(url)
    kept = {"pool_size": KEPT_CONNECTIONS, "max_overflow": -1, "pool_pre_ping": True}
    return create_engine(url, connect_args=POSTGRESQL, **kept)


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


def sits_out_a_restart(write: Callable[Arguments, Written]) -> Callable[Arguments, Written]:
    """Write again while the database cannot be reached, until OUTAGE_SECONDS have passed; then raises OperationalError.

    Where the connection broke in the commit itself it may be written twice.
    """

    @wraps(write)
    def patient(*arguments: Arguments.args, **options: Arguments.kwargs) -> Written:
        give_up = time.monotonic() + OUTAGE_SECONDS
        while True:
            try:
                return write(*arguments, **options)
            except OperationalError:
                if time.monotonic() >= give_up:
                    raise
                time.sleep(PAUSE_SECONDS)

    return patient
