"""Percentiles and ratios."""

import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the value below which that percentage of the values lies, interpolated between the two nearest.

    100 is the largest. Raises ValueError where there are no values or the percentage is not within 1 and 100.
    """
    if not values or not 1 <= percent <= 100:  # noqa: PLR2004 - per cent
        raise ValueError(f"no percentile {percent} of {len(values)} values")
    if percent == 100 or len(values) == 1:  # noqa: PLR2004 - per cent
        return max(values)
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def times_faster(ours: float, theirs: float) -> float:
    """Give how many of our durations fit into theirs: 25 means 25 times faster. Raises ValueError for no duration."""
    if ours <= 0:
        raise ValueError(f"nothing is a multiple of {ours} s")
    return theirs / ours
