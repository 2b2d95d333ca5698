"""Which concurrency suits which work, and what the prefetch multiplier does."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.result import Table
from bench.worker.place import CORES, Place

WAIT_SECONDS = 0.2
CPU_STEPS = 3_000_000
FACTORS = (1.0, 1.5, 2.0, 4.0, 8.0)
PREFETCH = (1, 2, 4, 8)
SHORT_TASKS = 2000
LONG_TASKS = 24
LONG_SECONDS = 1.0


@dataclass(frozen=True)
class Work:
    """A kind of task, and how many of it are measured."""

    name: str
    task: str
    arguments: Sequence[object]
    count: int


WORK = (
    Work("CPU-bound", "bench.computes", [CPU_STEPS], 40),
    Work(f"I/O-bound: waits {WAIT_SECONDS} s", "bench.waits", [WAIT_SECONDS], 100),
    Work("mixed: half of each", "bench.mixed", [WAIT_SECONDS / 2, CPU_STEPS // 2], 60),
)


def tables(place: Place) -> list[Table]:
    """Measure both."""
    return [_concurrency(place), _prefetch(place)]


def _concurrency(place: Place) -> Table:
    slots = [max(1, round(CORES * factor)) for factor in FACTORS]
    rows = [(work.name, *(f"{_rate(place, work, count):.1f}" for count in slots)) for work in WORK]
    columns = ("tasks a second at", *(f"{factor:g} x cores" for factor in FACTORS))
    return Table(f"Concurrency, {CORES} cores, prefetch multiplier 1", columns, rows)


def _rate(place: Place, work: Work, slots: int) -> float:
    warm = slots * 2
    place.send(work.task, [work.arguments] * (work.count + warm))
    options = (f"--concurrency={slots}", "--prefetch-multiplier=1")
    rate = place.rate(work.count, work.count // 10, "tuning", *options)
    print(f"worker: {work.name} with {slots} slots: {rate:.1f} a second", flush=True)
    return rate


def _prefetch(place: Place) -> Table:
    rows = [
        (f"{multiplier}", f"{_short(place, multiplier):.0f}", f"{_spread(place, multiplier):.1f} s")
        for multiplier in PREFETCH
    ]
    title = f"Prefetch multiplier, 2 workers of {CORES} slots"
    ideal = LONG_TASKS * LONG_SECONDS / (2 * CORES)
    columns = (
        "multiplier",
        "empty tasks a second",
        f"{LONG_TASKS} tasks of {LONG_SECONDS:g} s done (ideal {ideal:g} s)",
    )
    return Table(title, columns, rows)


def _short(place: Place, multiplier: int) -> float:
    """Tasks a second of one worker."""
    place.send("bench.nothing", [["short"]] * SHORT_TASKS)
    options = (f"--concurrency={CORES}", f"--prefetch-multiplier={multiplier}")
    return place.rate(SHORT_TASKS * 9 // 10, SHORT_TASKS // 10, "short", *options)


def _spread(place: Place, multiplier: int) -> float:
    """Seconds until the tasks are done that come while one of two idle workers has just started."""
    options = (f"--concurrency={CORES}", f"--prefetch-multiplier={multiplier}")
    with place.worker("first", *options):
        place.send("bench.waits", [[0]] * CORES)
        place.await_done()  # the first is up
        began = time.monotonic()
        place.send("bench.waits", [[LONG_SECONDS]] * LONG_TASKS)
        with place.worker("second", *options):
            place.await_done()
            return time.monotonic() - began
