"""Waiting for what others do in their own time: look again and again, until a deadline."""

import asyncio
import time
from collections.abc import Callable

PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.05


def wait_for(condition: Callable[[], object], what: Callable[[], str] | str, timeout: float = PATIENCE_SECONDS) -> None:
    """Return once it holds. Raises AssertionError, which says what, where it does not come to that."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(what if isinstance(what, str) else what())
        time.sleep(POLL_SECONDS)


async def until(condition: Callable[[], object]) -> None:
    """The same within an event loop, whose other tasks go on. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(POLL_SECONDS)
