"""What a server says of when to come back."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST_SECONDS = 3600.0
"""Whatever it says: after an hour it is asked again."""


def retry_after(headers: Mapping[str, str]) -> float:
    """The header Retry-After, a number of seconds or a date, as seconds from now; 0: nothing that can be followed."""
    told = headers.get("retry-after", "")
    try:
        seconds = float(told)
    except ValueError:
        seconds = _seconds_until(told)
    return min(seconds, LONGEST_SECONDS) if seconds > 0 else 0.0  # also for one that is no number at all, nan


def _seconds_until(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return 0.0
