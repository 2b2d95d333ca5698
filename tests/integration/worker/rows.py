"""Rows as a test wants them."""

from typing import Any

from sqlalchemy import update

from app.database import database_now, engine
from app.intake import Encounter, store
from app.report import Report


def stored(*ids: str, body: bytes = b"IMPRESSION: Pneumonia.") -> None:
    """These reports are queued."""
    store([Encounter(name, "A visit", body) for name in ids])


def changed(report_id: str, **values: Any) -> None:
    """The row has these values now."""
    with engine().begin() as connection:
        connection.execute(update(Report).where(Report.id == report_id).values(**values))


def lease_expires(report_id: str) -> None:
    """As if the worker had been silent for long."""
    changed(report_id, lease_expires_at=database_now() - 1)


def time_has_come(report_id: str) -> None:
    """As if what it waits for had passed."""
    changed(report_id, resend_at=database_now() - 1)
