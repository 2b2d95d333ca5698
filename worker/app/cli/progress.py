"""Shows how many reports are finished: a bar on a terminal, a line now and then elsewhere. On standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

LINE_SECONDS = 5.0


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None]]:
    """A function that is told how many of the total are finished."""
    if not sys.stderr.isatty():
        yield _lines(total)
        return
    columns = (TextColumn("reports"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("reports", total=total)
        yield lambda finished: bar.update(task, completed=finished)


def _lines(total: int) -> Callable[[int], None]:
    next_line = time.monotonic() + LINE_SECONDS

    def show(finished: int) -> None:
        nonlocal next_line
        if time.monotonic() >= next_line:
            click.echo(f"{finished} of {total} reports finished", err=True)
            next_line = time.monotonic() + LINE_SECONDS

    return show
