"""A history as one line of small bars."""

from collections.abc import Sequence
from itertools import pairwise

BARS = " ▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int, top: float) -> str:
    """The values over the width, oldest at the left; a bar is full at ``top``, and whatever is above 0 shows."""
    return "".join(_bar(value, top) for value in _spread(values, width))


def _spread(values: Sequence[float], width: int) -> list[float]:
    """At most ``width`` values: each the highest of its share, so that no peak gets lost."""
    if len(values) <= width:
        return list(values)
    edges = [index * len(values) // width for index in range(width + 1)]
    return [max(values[start:end]) for start, end in pairwise(edges)]


def _bar(value: float, top: float) -> str:
    if value <= 0 or top <= 0:
        return BARS[0]
    steps = len(BARS) - 1
    return BARS[max(1, min(steps, round(value / top * steps)))]
