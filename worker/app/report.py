"""The row of a report: what was asked, how far it is, what came of it. The row is the truth, messages are hints."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Float, Index, Integer, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ID_LENGTH = 200


class State(StrEnum):
    """Where a report stands; the last two are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


FINAL = (State.COMPLETED, State.FAILED)


class Base(DeclarativeBase):
    """The tables that the migrations make."""


class Report(Base):
    """One encounter and its report. All times are seconds since 1970 by the database's clock."""

    __tablename__ = "reports"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[bytes] = mapped_column(LargeBinary, doc="as it came in, so that a text that is not UTF-8 is kept too")
    state: Mapped[str] = mapped_column(String(16))

    attempts: Mapped[int] = mapped_column(Integer, default=0, doc="how many runs have claimed the row")
    token: Mapped[int] = mapped_column(Integer, default=0, doc="fencing token: only the run that holds it may write")
    lease_expires_at: Mapped[float | None] = mapped_column(Float(53), doc="while running; renewed by the worker")
    sends: Mapped[int] = mapped_column(Integer, default=0, doc="how many messages were sent for the row")
    resend_at: Mapped[float | None] = mapped_column(Float(53), doc="while queued: when to doubt its message")

    created_at: Mapped[float] = mapped_column(Float(53))
    started_at: Mapped[float | None] = mapped_column(Float(53), doc="of the last run")
    finished_at: Mapped[float | None] = mapped_column(Float(53))
    run_seconds: Mapped[float | None] = mapped_column(Float(53), doc="of the run that finished it")

    result: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    )
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("reports_by_state", "state", "resend_at"),)
