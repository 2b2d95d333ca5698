"""The limit on requests and tokens a minute, shared by all workers, so that more of them do not mean more 429s.

A generic cell rate algorithm with reservations: a request is told how long to wait and is counted from then on, so that
those that wait go one after another instead of asking over and over. Nine tenths of a minute's limit are handed out
evenly, one tenth may go at once: never more than the limit in any 60 seconds.
"""

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from app.quick_redis import has_redis
from app.settings import settings

BURST_SHARE = 0.1
PATIENCE_SECONDS = 10.0
"""A longer wait is not sat out in a slot of the worker: the report goes back and the request is not counted."""
LONGEST_BLOCK_SECONDS = 3600.0


@dataclass(frozen=True)
class Rates:
    """Requests and tokens a minute; 0: no limit."""

    requests: int
    tokens: int

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        return bool(self.requests or self.tokens)


def seconds_taken(amount: int, rate: int) -> float:
    """How much of a minute so many take at that rate a minute, but for the share that may go at once; 0 without one."""
    return amount * 60.0 / (rate * (1.0 - BURST_SHARE)) if rate else 0.0


class Limit(Protocol):
    """Of one API."""

    def reserve(self, tokens: int) -> float:
        """Count a request of so many tokens; the seconds to wait before it is sent.

        If these are more than PATIENCE_SECONDS, it is not counted.
        """
        ...

    def settle(self, surplus: int) -> None:
        """Count so many tokens more (or less) for a request than were reserved."""
        ...

    def block(self, seconds: float) -> None:
        """Let no request through for so long: the API said so."""
        ...


@cache
def limit_of(api: str) -> Limit:
    """The limit of an API: kept in Redis with Celery, else in this process."""
    from app.limit.local import LocalLimit  # noqa: PLC0415 - they implement what is declared here
    from app.limit.shared import SharedLimit  # noqa: PLC0415

    rates = Rates(settings().report_api_requests_per_minute, settings().report_api_tokens_per_minute)
    return SharedLimit(api, rates) if has_redis() else LocalLimit(rates)
