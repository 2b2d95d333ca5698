"""Times of the database as a person reads them."""

from datetime import UTC, datetime


def time_of_day(seconds: float | None) -> str | None:
    """Seconds since 1970 as a date and time, UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
