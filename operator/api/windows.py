"""Hours of the week, month or year in which a worker group has other bounds."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import Field

from revrx_operator.api import rules
from revrx_operator.api.part import Part
from revrx_operator.api.rule import Fault, Rule, Rules

FIVE_FIELDS = "[0-9A-Za-z*/,#-]+( [0-9A-Za-z*/,#-]+){4}"
ZONE_NAME = "[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"


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


CRON = Rule(
    cel=f"self.matches('^{FIVE_FIELDS}$')",
    holds=lambda expression: re.fullmatch(FIVE_FIELDS, expression) is not None,
    field="",
    message="must be a cron expression of five fields, minute hour day month weekday, as in 0 8 * * 1-5",
)
ZONE = Rule(
    cel=f"self.matches('^{ZONE_NAME}$')",
    holds=lambda name: re.fullmatch(ZONE_NAME, name) is not None,
    field="",
    message="must be the name of a time zone, as in Europe/Berlin",
)

NEVER = "names a moment that never comes; minutes are 0-59, hours 0-23, days 1-31, months 1-12, weekdays 0-7"
NO_ZONE = "is no time zone of the IANA database; take a name such as Europe/Berlin, America/New_York or UTC"

CronExpression = Annotated[str, Field(min_length=1, max_length=64), Rules((CRON,))]
ZoneName = Annotated[str, Field(min_length=1, max_length=64), Rules((ZONE,))]


class Window(Part):
    """From each start until the next end, other bounds hold."""

    rules = rules.WINDOW

    start: CronExpression = Field(description="When the window opens: cron, minute hour day month weekday.")
    end: CronExpression = Field(description="When it closes, likewise.")
    time_zone: ZoneName = Field("UTC", description="IANA name of the time zone of start and end.")
    min_replicas: int | None = Field(None, ge=0, le=1000, description="Never fewer while the window is open.")
    max_replicas: int | None = Field(None, ge=1, le=1000, description="Never more while the window is open.")

    def beyond_rules(self) -> Iterator[Fault]:
        """Faults, located within the window, that the API server cannot know: CEL has no calendar and no zones."""
        for name, moment in (("start", self.start), ("end", self.end)):
            if not _occurs(moment):
                yield Fault((name,), NEVER)
        if not _is_zone(self.time_zone):
            yield Fault(("timeZone",), NO_ZONE)
