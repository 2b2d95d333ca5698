"""Long work in steps: what comes, how far it is, how long it still takes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.kind.report import duration, say


@dataclass(frozen=True)
class Step:
    """A piece of work; `seconds` is what it takes on two cores with cold caches."""

    title: str
    seconds: float
    work: Callable[[], None]
    done: Callable[[], bool] = lambda: False
    """Says that an earlier run has finished it."""


def outstanding(steps: Sequence[Step]) -> list[Step]:
    """Give the steps that no earlier run has finished."""
    return [step for step in steps if not step.done()]


def expected(steps: Sequence[Step]) -> float:
    """Give the seconds that steps take."""
    return sum(step.seconds for step in steps)


def carry_out(steps: Sequence[Step]) -> None:
    """Do what is outstanding, in order, saying step k of n, the time gone by and the time expected."""
    todo = outstanding(steps)
    began = time.monotonic()
    for position, step in enumerate(todo, start=1):
        left = duration(expected(todo[position - 1 :]))
        gone = duration(time.monotonic() - began)
        say(f"[{position}/{len(todo)}] {step.title} ({duration(step.seconds)}); {gone} gone, about {left} to go")
        step.work()
    if todo:
        say(f"{len(todo)} steps in {duration(time.monotonic() - began)}")
