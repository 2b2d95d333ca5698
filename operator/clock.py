"""Noticing that somebody has set the wall clock."""

import asyncio
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
SET_SECONDS = 2.0
"""Between two looks. What corrects a clock little by little moves it by half a millisecond a second."""


async def clock_is_set(clock: Callable[[], float]) -> None:
    """Return once the wall clock has jumped, ahead or back, against the one that nobody sets.

    What was remembered by it is then not as long ago as it seems, or lies in the future: a pause that should last a
    minute could last a day.
    """
    last = _ahead(clock)
    while abs(jumped := _ahead(clock) - last) < SET_SECONDS:
        last += jumped
        await asyncio.sleep(LOOK_SECONDS)
    log.warning("the clock was set by %+.0f s; going on as after a restart", jumped)


def _ahead(clock: Callable[[], float]) -> float:
    return clock() - asyncio.get_running_loop().time()
