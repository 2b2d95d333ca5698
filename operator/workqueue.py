"""A queue of keys in the manner of controller-runtime: a key waits once, however often it is added, and is never worked
on twice at a time. Of those that are due the one of the earliest deadline comes first."""

import asyncio
import heapq
from collections.abc import Hashable
from contextlib import suppress
from itertools import count
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)

EARLY_SECONDS = 0.001
"""An event loop lets timers fire early, by the resolution of its clock; what was waited for is due then."""


class _Turn(NamedTuple):
    """When a key may be worked on, and until when it should be, on the event loop's clock."""

    due: float
    deadline: float

    def sooner(self, other: "_Turn | None") -> "_Turn":
        """What satisfies both."""
        if other is None:
            return self
        return _Turn(min(self.due, other.due), min(self.deadline, other.deadline))


class WorkQueue(Generic[K]):
    """Keys that are due now or later, on the event loop's clock."""

    def __init__(self) -> None:
        self._turns: dict[K, _Turn] = {}
        self._later: list[tuple[float, int, K, _Turn]] = []
        self._ready: list[tuple[float, int, K, _Turn]] = []
        self._order = count()
        self._working: set[K] = set()
        self._again: dict[K, _Turn] = {}
        self._changed = asyncio.Event()

    def add(self, key: K, after: float = 0.0, patience: float = 0.0) -> None:
        """Make the key due in that many seconds; for ``patience`` seconds more, keys with less of it go first.

        An earlier due time and an earlier deadline stand. While the key is worked on, it waits.
        """
        due = asyncio.get_running_loop().time() + after
        self._put(key, _Turn(due, due + patience))

    async def get(self) -> K:
        """The due key of the earliest deadline; waits for one. Call done when finished with it."""
        while True:
            self._ripen()
            if self._ready:
                return self._take()
            await self._wait()

    def done(self, key: K) -> None:
        """The work on a key is over; if it was added meanwhile, it is due again."""
        self._working.discard(key)
        if key in self._again:
            self._put(key, self._again.pop(key))

    def _put(self, key: K, turn: _Turn) -> None:
        turns = self._again if key in self._working else self._turns
        known, turn = turns.get(key), turn.sooner(turns.get(key))
        turns[key] = turn
        if turns is self._turns and turn != known:
            heapq.heappush(self._later, (turn.due, next(self._order), key, turn))
            self._changed.set()

    def _ripen(self) -> None:
        """Move what is due to where deadlines count, and drop what was replaced by a sooner turn."""
        now = asyncio.get_running_loop().time() + EARLY_SECONDS
        while self._later and (self._later[0][0] <= now or self._is_replaced(self._later[0])):
            item = heapq.heappop(self._later)
            _, order, key, turn = item
            if not self._is_replaced(item):
                heapq.heappush(self._ready, (turn.deadline, order, key, turn))
        while self._ready and self._is_replaced(self._ready[0]):
            heapq.heappop(self._ready)

    def _is_replaced(self, item: tuple[float, int, K, _Turn]) -> bool:
        _, _, key, turn = item
        return self._turns.get(key) != turn

    def _take(self) -> K:
        _, _, key, _ = heapq.heappop(self._ready)
        del self._turns[key]
        self._working.add(key)
        return key

    async def _wait(self) -> None:
        """Until the next key is due or another one is added. Several callers may wait; each looks for itself."""
        self._changed.clear()
        due = self._later[0][0] if self._later else None
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                await self._changed.wait()
