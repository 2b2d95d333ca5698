"""Makes and upgrades the tables; safe to call from several processes at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from app.database import engine

# Any number will do, as long as nothing else in the database locks the same.
ADVISORY_LOCK = 0x7265767278


def migrate() -> None:
    """Bring the database to the newest revision, in one transaction that holds a lock on the database."""
    with engine().begin() as connection:
        _lock(connection)
        command.upgrade(_alembic(connection), "head")
    _keep_readers_out_of_the_way()


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
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
