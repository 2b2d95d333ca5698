"""What a bench hands over: tables, printed for the reader and kept as Markdown."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


class BenchError(Exception):
    """Why a bench cannot measure, and the cure; ends it without a traceback."""


@dataclass(frozen=True)
class Table:
    """Rows of text under columns; the first column names the row, the others hold figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def plain(self) -> str:
        """Write it in aligned columns."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [self._line(row, widths) for row in (self.columns, *self.rows)]
        return "\n".join([self.title, lines[0], "-" * len(lines[0]), *lines[1:]])

    def markdown(self) -> str:
        """Write it as Markdown, figures to the right."""
        rules = ["---", *["---:"] * (len(self.columns) - 1)]
        rows = [f"| {' | '.join(row)} |" for row in (self.columns, rules, *self.rows)]
        return "\n".join([f"## {self.title}", "", *rows])

    @staticmethod
    def _line(row: Sequence[str], widths: Sequence[int]) -> str:
        first, *figures = (
            f"{cell:{'<' if place == 0 else '>'}{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return "  ".join([first, *figures])


@dataclass(frozen=True)
class Result:
    """The tables of a bench, what was compared in which version, and what a reader has to know to judge them."""

    tables: Sequence[Table]
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def plain(self) -> str:
        """Write it for the terminal."""
        return "\n\n".join([*(table.plain() for table in self.tables), "\n".join(self.notes)]).rstrip()

    def markdown(self, name: str, command: str, when: datetime) -> str:
        """Write it for the repository, with where and how it was made."""
        versions = "".join(f", {what} {version}" for what, version in self.versions.items())
        made = f"`{command}`, {when:%Y-%m-%d %H:%M} UTC, {machine()}{versions}."
        notes = ["\n".join(f"- {note}" for note in self.notes)] if self.notes else []
        return "\n\n".join([f"# {name}", made, *(table.markdown() for table in self.tables), *notes]) + "\n"

    def keep(self, name: str, command: str) -> Path:
        """Write it to results/NAME.md, in place of the last one."""
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{name}.md"
        path.write_text(self.markdown(name, command, datetime.now(UTC)))
        return path


def machine() -> str:
    """Say what the figures were made on."""
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {gibibytes:.0f} GiB, {platform.machine()}, Python {platform.python_version()}"
