"""Which bounds hold at a moment: those of the spec, narrowed by the windows that are open."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim

from revrx_operator.api.spec import Scaling
from revrx_operator.api.windows import Window

LONGEST_CHAIN = 64
"""Windows back to back that are followed into the past, two months of daily ones: such a chain has no end."""


class Bound(NamedTuple):
    """A least or a most number of replicas, and the window that says so; None where the spec does."""

    replicas: int
    window: Window | None = None


class Bounds(NamedTuple):
    """Between which numbers the replicas move at a moment."""

    floor: Bound
    ceiling: Bound


def bounds_at(scaling: Scaling, now: float) -> Bounds:
    """The bounds in force: the highest floor and the lowest ceiling; where they cross, the ceiling."""
    floor, ceiling = Bound(scaling.min_replicas), Bound(scaling.max_replicas)
    for window in scaling.windows:
        if not is_open(window.start, window.end, window.time_zone, int(now // 60)):
            continue
        if window.min_replicas is not None and window.min_replicas > floor.replicas:
            floor = Bound(window.min_replicas, window)
        if window.max_replicas is not None and window.max_replicas < ceiling.replicas:
            ceiling = Bound(window.max_replicas, window)
    return Bounds(floor if floor.replicas <= ceiling.replicas else ceiling, ceiling)


@lru_cache(maxsize=4096)
def is_open(start: str, end: str, time_zone: str, minute: int) -> bool:
    """Whether the window is open in a minute counted from the epoch."""
    return _started_last(start, end, datetime.fromtimestamp(minute * 60, ZoneInfo(time_zone)))


def _started_last(start: str, end: str, moment: datetime) -> bool:
    """Whether the last start is later than the last end.

    A start and an end at one moment change nothing: one window closes and the next one opens, or a window that
    lies in the hour that the clock skips opens and closes at once.
    """
    pairs = zip(_before(start, moment), _before(end, moment), strict=False)
    return next((opened > closed for opened, closed in islice(pairs, LONGEST_CHAIN) if opened != closed), True)


def _before(expression: str, moment: datetime) -> Iterator[float]:
    """The moments of a cron expression up to and including ``moment``, latest first, in seconds since the epoch.

    As in Debian's cron, what falls into an hour that is skipped comes right after it, and what falls into an hour
    that comes twice comes the first time. CronSim 2.8 does not know the second time from the first one when it goes
    backwards, so it starts after it, and what it then finds ahead of ``moment`` is dropped.
    """
    later = timedelta(hours=moment.fold, seconds=1)
    past = CronSim(expression, moment.replace(fold=0) + later, reverse=True)
    return (at.timestamp() for at in past if at.timestamp() <= moment.timestamp())
