"""The row of a report: what was asked, how far it is, what came of it. The row is the truth, messages are hints."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Float, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ID_LENGTH = 200

VERSION = 1
"""Of what a row asks for. A worker leaves the rows of a higher version to newer workers, which share its queue during a
rollout; it goes up when a row needs something that the workers of the last release would not do."""

JSON_OBJECT = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class State(StrEnum):
    """Where a report stands; the last two are final."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
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
    version: Mapped[int] = mapped_column(Integer, default=VERSION, doc="what a worker must know to run it")
    state: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str | None] = mapped_column(String(32), doc="what the run that holds it does")
    percent: Mapped[int | None] = mapped_column(Integer, doc="of the report that is done")

    attempts: Mapped[int] = mapped_column(
        Integer,
        default=0,
        doc="runs in a row that ended in a kill, or in an answer of no use, with nothing new",
    )
    retries: Mapped[int] = mapped_column(Integer, default=0, doc="times given back in a row without a new answer")
    token: Mapped[int] = mapped_column(Integer, default=0, doc="fencing token: only the run that holds it may write")
    lease_expires_at: Mapped[float | None] = mapped_column(Float(53), doc="while running; renewed by the worker")
    sends: Mapped[int] = mapped_column(Integer, default=0, doc="how many messages were sent for the row")
    resend_at: Mapped[float | None] = mapped_column(
        Float(53), doc="queued: when to doubt its message; waiting: its time"
    )

    created_at: Mapped[float] = mapped_column(Float(53))
    started_at: Mapped[float | None] = mapped_column(Float(53), doc="of the last run")
    finished_at: Mapped[float | None] = mapped_column(Float(53))
    run_seconds: Mapped[float | None] = mapped_column(Float(53), doc="of the run that finished it")

    api_calls: Mapped[int] = mapped_column(Integer, default=0, doc="answers that were paid for")
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_micros: Mapped[int] = mapped_column(BigInteger, default=0, doc="millionths of what the prices are given in")

    result: Mapped[dict[str, Any] | None] = mapped_column(JSON_OBJECT)
    error_code: Mapped[str | None] = mapped_column(String(64), doc="failed: why; waiting: what it waits for")
    error_message: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("reports_by_state", "state", "resend_at"),)


class StoredAnswer(Base):
    """What a paid API answered to one request of a report. It outlives the run that paid for it."""

    __tablename__ = "report_answers"

    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64), primary_key=True, doc="SHA-256 of what was asked")
    content: Mapped[dict[str, Any]] = mapped_column(JSON_OBJECT)
    answered_at: Mapped[float] = mapped_column(Float(53))
