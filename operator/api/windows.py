"""Hours of the week, month or year in which a worker group has other bounds."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import Field

from revrx_operator.api import rules
from revrx_operator.api.part import Part
from revrx_operator.api.rule import Rule, Rules

FIVE_FIELDS = "[0-9A-Za-z*/,#-]+( [0-9A-Za-z*/,#-]+){4}"
ZONE_NAME = "[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


@lru_cache(maxsize=1024)
def _occurs(expression: str) -> bool:
    """Whether the moments of a cron expression exist: neither a 61st minute nor a 30th of February."""
    try:
        return next(CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC)), None) is not None
    except CronSimError:
        return False


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last two: a folder of the zone database, a path
        return False
    return True


CRON = (
    Rule(
        cel=f"self.matches('^{FIVE_FIELDS}$')",
        holds=lambda expression: _fits(FIVE_FIELDS, expression),
        field="",
        message="must be a cron expression of five fields, minute hour day month weekday, as in 0 8 * * 1-5",
    ),
    Rule(
        cel=None,
        holds=lambda expression: not _fits(FIVE_FIELDS, expression) or _occurs(expression),
        field="",
        message="names a moment that never comes; minutes are 0-59, hours 0-23, days 1-31, months 1-12, weekdays 0-7",
    ),
)
ZONE = (
    Rule(
        cel=f"self.matches('^{ZONE_NAME}$')",
        holds=lambda name: _fits(ZONE_NAME, name),
        field="",
        message="must be the name of a time zone, as in Europe/Berlin",
    ),
    Rule(
        cel=None,
        holds=lambda name: not _fits(ZONE_NAME, name) or _is_zone(name),
        field="",
        message="is no time zone of the IANA database; take a name such as Europe/Berlin, America/New_York or UTC",
    ),
)

CronExpression = Annotated[str, Field(min_length=1, max_length=64), Rules(CRON)]
ZoneName = Annotated[str, Field(min_length=1, max_length=64), Rules(ZONE)]


class Window(Part):
    """From each start until the next end, other bounds hold."""

    rules = rules.WINDOW

    start: CronExpression = Field(description="When the window opens: cron, minute hour day month weekday.")
    end: CronExpression = Field(description="When it closes, likewise.")
    time_zone: ZoneName = Field("UTC", description="IANA name of the time zone of start and end.")
    min_replicas: int | None = Field(None, ge=0, le=1000, description="Never fewer while the window is open.")
    max_replicas: int | None = Field(None, ge=1, le=1000, description="Never more while the window is open.")
