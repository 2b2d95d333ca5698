"""Simulated time: what is to happen, in the order of time."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

Action = Callable[[], None]


class Clock:
    """Runs actions at their moments; of two at one moment, the one that was asked for first. Seconds from 0."""

    def __init__(self) -> None:
        self.now = 0.0
        self._agenda: list[tuple[float, int, Action]] = []
        self._order = count()

    def at(self, moment: float, action: Action) -> None:
        """Have the action done at a moment that is not past."""
        heappush(self._agenda, (moment, next(self._order), action))

    def every(self, seconds: float, action: Action, *, first: float) -> None:
        """Have the action done at ``first`` and each so many seconds after, for ever."""

        def again() -> None:
            action()
            self.at(self.now + seconds, again)

        self.at(first, again)

    def run(self, until: float) -> None:
        """Let time pass up to and including a moment."""
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, action = heappop(self._agenda)
            action()
        self.now = until
