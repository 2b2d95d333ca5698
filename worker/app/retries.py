"""When a report that was given back runs again, and when it is given up. The only rule: the SDKs retry blips alone."""

import random
from dataclasses import dataclass

from app.engines.api import Fault, HeldBack, Unusable
from app.settings import settings

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 300.0


@dataclass(frozen=True)
class Counts:
    """What the row counts against a report."""

    attempts: int
    """Runs in a row that cost something and brought nothing: the worker was killed, or the answer was of no use."""
    retries: int
    """Times in a row that it was put off without a new answer."""

    def after(self, fault: Fault, *, progress: bool) -> "Counts":
        """What they are when a run, which its claim has counted as an attempt, has ended so."""
        before = self.given_back(progress=progress)
        return Counts(
            before.attempts + 1 if isinstance(fault, Unusable) and not progress else before.attempts,
            before.retries if isinstance(fault, HeldBack) else before.retries + 1,
        )

    def given_back(self, *, progress: bool) -> "Counts":
        """What they are when a run was cut short: it is not counted, and after a new answer nor are those before it."""
        return Counts(0, 0) if progress else Counts(self.attempts - 1, self.retries)


def exhausted(counts: Counts, fault: Fault) -> bool:
    """Whether the report is given up. Never for what our own limit holds back: its turn will come."""
    if isinstance(fault, HeldBack):
        return False
    if isinstance(fault, Unusable) and counts.attempts >= settings().report_max_attempts:
        return True
    return counts.retries > settings().report_max_retries


def delay(retries: int, asked: float, jitter: float | None = None) -> float:
    """Seconds until the next run of a report that was put off so many times in a row.

    It doubles up to five minutes. Up to the half of it is left out at random, so that reports which were turned away
    together do not come back together; what the API asked for is never gone below.
    """
    spread = random.random() if jitter is None else jitter  # noqa: S311 - no secret depends on it
    backoff = min(FIRST_SECONDS * 2.0 ** min(max(retries - 1, 0), 16), LONGEST_SECONDS)
    return max(asked, 0.0) + backoff * (1.0 - spread / 2)
