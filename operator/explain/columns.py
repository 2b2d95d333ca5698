"""Text in aligned columns, and what stands in them: numbers that may be unknown, durations as people say them."""

from collections.abc import Collection, Sequence

GAP = "  "
KUBECTL_GAP = "   "
UNKNOWN = "-"


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = (), gap: str = GAP) -> list[str]:
    """A line for each row, its cells as wide as the widest in their column; the columns in ``right`` end together."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        gap.join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def count(number: int | None) -> str:
    """A number, where it is known."""
    return UNKNOWN if number is None else str(number)


def duration(seconds: float) -> str:
    """Two or three figures and a unit."""
    if seconds < 10:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    for size, unit, until in ((1, "s", 120), (60, "min", 7200), (3600, "h", 172800)):
        if seconds < until:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} d"
