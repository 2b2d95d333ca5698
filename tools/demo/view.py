"""What a person sees while the demo runs: a table that moves on a terminal, a line now and then elsewhere."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tools.demo.sparkline import sparkline
from tools.demo.stage import Reading
from tools.demo.story import Sample

LINE_SECONDS = 2.0
HISTORY_WIDTH = 40


class View(Protocol):
    """Shows how the demo goes."""

    def say(self, line: str) -> None:
        """Something happened."""

    def show(self, samples: Sequence[Sample]) -> None:
        """There is a new sample, the last one."""

    def close(self) -> None:
        """There will be no more samples."""


def view_for(console: Console, total: int) -> View:
    """The view that this output can show; ``total`` is how many reports there will be."""
    return TerminalView(console, total) if console.is_terminal and console.encoding == "utf-8" else LineView(console)


class LineView:
    """Plain lines, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_line = 0.0

    def say(self, line: str) -> None:
        """A line."""
        _print(self._console, f"demo: {line}")

    def show(self, samples: Sequence[Sample]) -> None:
        """A line every two seconds."""
        if time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + LINE_SECONDS
            self.say(plain(samples[-1]))

    def close(self) -> None:
        """Every line is printed already."""


class TerminalView:
    """A table that moves, with the history of each number beside it; what happens scrolls by above."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._live = Live(console=console, refresh_per_second=8)

    def say(self, line: str) -> None:
        """A line above the table."""
        self._console.print(Text(line, style="dim"))

    def show(self, samples: Sequence[Sample]) -> None:
        """The table as of the newest sample."""
        self._live.update(table(samples, self._total))
        self._live.start()

    def close(self) -> None:
        """The last table stays."""
        self._live.stop()


def plain(sample: Sample) -> str:
    """A sample as a line of text."""
    now = sample.reading
    return (
        f"{sample.seconds:5.1f} s  replicas {now.replicas} ({now.ready} ready)  waiting {now.waiting:3}  "
        f"running {now.running:2}  done {now.done:3}  failed {now.failed}  {now.reason}"
    ).rstrip()


def table(samples: Sequence[Sample], total: int) -> Group:
    """The newest sample, each number with its history."""
    now = samples[-1].reading
    rows = Table.grid(padding=(0, 2))
    rows.add_row("replicas", Text(str(now.replicas)), _history(samples, lambda reading: reading.replicas))
    rows.add_row("ready", Text(str(now.ready), style="bold green"), _history(samples, lambda reading: reading.ready))
    rows.add_row("waiting", Text(str(now.waiting), style="yellow"), _history(samples, lambda reading: reading.waiting))
    rows.add_row("running", Text(str(now.running), style="cyan"), _history(samples, lambda reading: reading.running))
    done = f"{now.done} of {total}" + (f", {now.failed} failed" if now.failed else "")
    bar = ProgressBar(total, now.done, width=HISTORY_WIDTH, complete_style="green", finished_style="green")
    rows.add_row("done", Text(done, style="bold"), bar)
    clock = f"{samples[-1].seconds:.0f} s"
    rows.add_row("operator", Text(now.reason), Text(clock, style="dim"))
    return Group(Text(), rows)


def _history(samples: Sequence[Sample], number: Callable[[Reading], int]) -> Text:
    values = [number(sample.reading) for sample in samples]
    return Text(sparkline(values, HISTORY_WIDTH, max(values)), style="blue")


class SayRecords(logging.Handler):
    """Shows what the operator logs."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """A line, in the view's own way."""
        self._say(f"operator: {record.getMessage()}")


def _print(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.file.flush()
