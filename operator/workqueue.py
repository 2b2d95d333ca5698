"""A queue of keys in the manner of controller-runtime: a key waits once, however often it is added, and is never worked
on twice at a time."""

import asyncio
import heapq
from collections.abc import Hashable
from contextlib import suppress
from itertools import count
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class WorkQueue(Generic[K]):
    """Keys that are due now or later, on the event loop's clock."""

    def __init__(self) -> None:
        self._due: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._order = count()
        self._working: set[K] = set()
        self._again: dict[K, float] = {}
        self._changed = asyncio.Event()

    def add(self, key: K, after: float = 0.0) -> None:
        """Make the key due in that many seconds; an earlier due time stands. While it is worked on, it waits."""
        due = asyncio.get_running_loop().time() + after
        if key in self._working:
            self._again[key] = min(due, self._again.get(key, due))
        elif due < self._due.get(key, float("inf")):
            self._due[key] = due
            heapq.heappush(self._heap, (due, next(self._order), key))
            self._changed.set()

    async def get(self) -> K:
        """The key that has been due longest; waits for one. Call done when finished with it."""
        while True:
            seconds = self._seconds_to_next()
            if seconds is not None and seconds <= 0:
                return self._take()
            await self._wait(seconds)

    def done(self, key: K) -> None:
        """The work on a key is over; if it was added meanwhile, it is due again."""
        self._working.discard(key)
        if key in self._again:
            self.add(key, self._again.pop(key) - asyncio.get_running_loop().time())

    def _seconds_to_next(self) -> float | None:
        while self._heap and self._due.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] - asyncio.get_running_loop().time() if self._heap else None

    def _take(self) -> K:
        _, _, key = heapq.heappop(self._heap)
        del self._due[key]
        self._working.add(key)
        return key

    async def _wait(self, seconds: float | None) -> None:
        """Until the next key is due or another one is added. Several callers may wait; each looks for itself."""
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
