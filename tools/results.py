"""The tables that the benches keep in ``bench/results``, read back."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "bench" / "results"

Row = dict[str, str]
"""Figures by the title of their column."""


@dataclass(frozen=True)
class KeptResult:
    """What one bench has kept: how it was made, and its tables by title; in each the rows by their first cell."""

    made: str
    tables: dict[str, dict[str, Row]]

    def table(self, beginning: str) -> dict[str, Row]:
        """The one table whose title begins so. Raises ValueError where it is not one."""
        found = [table for title, table in self.tables.items() if title.startswith(beginning)]
        if len(found) != 1:
            raise ValueError(f"{len(found)} tables of the result begin with {beginning!r}; rerun the bench, or adapt")
        return found[0]


def kept_result(name: str) -> KeptResult:
    """What ``python -m bench NAME`` has kept last."""
    _, made, *rest = (RESULTS / f"{name}.md").read_text().split("\n\n")
    titled = pairwise(rest)
    tables = {title.removeprefix("## "): _rows(table) for title, table in titled if title.startswith("## ")}
    return KeptResult(made, tables)


def _rows(table: str) -> dict[str, Row]:
    columns, _, *rows = (_cells(line) for line in table.splitlines())
    return {row[0]: dict(zip(columns[1:], row[1:], strict=True)) for row in rows}


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
