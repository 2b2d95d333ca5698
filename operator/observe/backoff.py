"""Pauses between attempts to reach something that is away."""

import random

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 5.0


class Backoff:
    """Pauses that double from half a second to five, each shortened at random by up to a half."""

    def __init__(self) -> None:
        self._attempts = 0

    def next(self) -> float:
        """Seconds to wait after one more failed attempt."""
        # 2 to the 10th is past the longest by far; more of it would overflow one day.
        seconds: float = min(FIRST_SECONDS * 2.0 ** min(self._attempts, 10), LONGEST_SECONDS)
        self._attempts += 1
        return seconds * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret

    def reset(self) -> None:
        """It answered."""
        self._attempts = 0
