"""The limit of a process that shares it with no other."""

import threading
import time
from collections.abc import Callable

from app.limit import BURST_SHARE, LONGEST_BLOCK_SECONDS, PATIENCE_SECONDS, Rates, seconds_taken

BURST_SECONDS = 60.0 * BURST_SHARE / (1.0 - BURST_SHARE)


class LocalLimit:
    """Kept in memory; the twin of the script that runs in Redis (reserve.lua)."""

    def __init__(self, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._requests = _Lane(rates.requests)
        self._tokens = _Lane(rates.tokens)
        self._blocked_until = 0.0

    def reserve(self, tokens: int) -> float:
        """As the protocol says."""
        with self._lock:
            now = self._clock()
            start = max(now, self._blocked_until, self._requests.start(1, now), self._tokens.start(tokens, now))
            if start - now <= PATIENCE_SECONDS:
                self._requests.take(1, start)
                self._tokens.take(tokens, start)
            return start - now

    def settle(self, surplus: int) -> None:
        """As the protocol says."""
        with self._lock:
            self._tokens.taken_until += self._tokens.seconds(surplus)

    def block(self, seconds: float) -> None:
        """As the protocol says."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, self._clock() + min(seconds, LONGEST_BLOCK_SECONDS))


class _Lane:
    """Until when requests, or tokens, are taken."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self.taken_until = 0.0

    def seconds(self, amount: int) -> float:
        return seconds_taken(amount, self._rate)

    def start(self, amount: int, now: float) -> float:
        return max(self.taken_until, now) - max(BURST_SECONDS - self.seconds(amount), 0.0) if self._rate else now

    def take(self, amount: int, start: float) -> None:
        self.taken_until = max(self.taken_until, start) + self.seconds(amount)
