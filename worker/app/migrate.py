"""Makes and upgrades the tables; safe to call from several processes at once."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.database import BUSY_SECONDS, engine

# Any number will do, as long as nothing else in the database locks the same.
ADVISORY_LOCK = 0x7265767278
WAL_PAUSE_SECONDS = 0.05


def migrate() -> None:
    """Bring the database to the newest revision, in one transaction that holds a lock on the database."""
    with engine().begin() as connection:
        _lock(connection)
        alembic = _alembic(connection)
        # Where a newer release has been here its tables serve this one too, or no rollout could be taken back.
        if _is_known(MigrationContext.configure(connection).get_current_revision(), alembic):
            command.upgrade(alembic, "head")
    _keep_readers_out_of_the_way()


def _is_known(revision: str | None, alembic: Config) -> bool:
    """Whether it is one of this release's, or there is none yet."""
    known = {step.revision for step in ScriptDirectory.from_config(alembic).walk_revisions()}
    return revision is None or revision in known


def _lock(connection: Connection) -> None:
    # On SQLite the transaction itself, begun IMMEDIATE, is the lock.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _keep_readers_out_of_the_way() -> None:
    """Switch SQLite's journal to WAL, which stays with the file: readers then do not wait for the writer."""
    if engine().dialect.name != "sqlite":
        return
    connection = engine().raw_connection()  # outside of any transaction
    try:
        _switch_to_wal(connection.cursor())
    finally:
        connection.close()


def _switch_to_wal(cursor: Any) -> None:
    """SQLite does not wait for the lock that this takes, and another process may be about to do the same."""
    give_up = time.monotonic() + BUSY_SECONDS
    while cursor.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= give_up:
                raise
            time.sleep(WAL_PAUSE_SECONDS)
