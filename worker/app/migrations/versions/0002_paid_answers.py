"""Answers of paid APIs, what they cost, waiting reports and their progress."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

COUNTS = ("retries", "api_calls")
AMOUNTS = ("input_tokens", "output_tokens", "cost_micros")
OPTIONAL: dict[str, Any] = {"stage": sa.String(32), "percent": sa.Integer}


def upgrade() -> None:
    """Add columns and table; what older workers write meanwhile gets the defaults."""
    op.add_column("reports", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    for name in COUNTS:
        op.add_column("reports", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    for name in AMOUNTS:
        op.add_column("reports", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    for name, kind in OPTIONAL.items():
        op.add_column("reports", sa.Column(name, kind))
    op.create_table(
        "report_answers",
        sa.Column("report_id", sa.String(200), sa.ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("request_hash", sa.String(64), primary_key=True),
        sa.Column("content", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("answered_at", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("report_answers")
    for name in ("version", *COUNTS, *AMOUNTS, *OPTIONAL):
        op.drop_column("reports", name)
