"""Durations as kubectl prints and reads them."""

import re
from typing import Any

import click

MINUTE, HOUR, DAY = 60, 3600, 86400
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
PART = r"(\d+(?:\.\d+)?)(ms|s|m|h)"


def age(seconds: float) -> str:
    """As kubectl's column AGE: ``95s``, ``3m20s``, ``47m``, ``5h12m``, ``26h``, ``9d`` (apimachinery, util/duration).

    Of two years and more it gives the days, where kubectl gives years.
    """
    whole = max(0, int(seconds))
    if whole < 2 * MINUTE:
        return f"{whole}s"
    for until, size, unit, rest_size, rest_unit in (
        (10 * MINUTE, MINUTE, "m", 1, "s"),
        (3 * HOUR, MINUTE, "m", 0, ""),
        (8 * HOUR, HOUR, "h", MINUTE, "m"),
        (2 * DAY, HOUR, "h", 0, ""),
        (8 * DAY, DAY, "d", HOUR, "h"),
    ):
        if whole < until:
            return _joined(whole, size, unit, rest_size, rest_unit)
    return f"{whole // DAY}d"


def _joined(whole: int, size: int, unit: str, rest_size: int, rest_unit: str) -> str:
    rest = whole % size // rest_size if rest_size else 0
    return f"{whole // size}{unit}{rest}{rest_unit}" if rest else f"{whole // size}{unit}"


class Duration(click.ParamType[float]):
    """Seconds, given as kubectl takes them: ``90s``, ``10m``, ``1h30m``; ``0`` needs no unit."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds; refuses what is no duration."""
        if isinstance(value, float):
            return value
        if value == "0":
            return 0.0
        if not re.fullmatch(f"(?:{PART})+", value):
            self.fail(f"{value!r} is no duration; give one such as 90s, 10m or 1h30m", param, ctx)
        return sum(float(number) * UNITS[unit] for number, unit in re.findall(PART, value))
