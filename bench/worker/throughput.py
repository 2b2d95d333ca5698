"""Tasks a second: bare, and ours."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

import psycopg

from app.sample import TEXT
from bench.result import Table
from bench.worker.place import CORES, Place

LEAST = 200
OURS = "app.tasks.report_tasks.process_report"


@dataclass(frozen=True)
class Kind:
    """What is measured: a task, and how its messages come to be."""

    name: str
    task: str
    prepare: Callable[[Place, int], Sequence[str]]
    empty: bool = False


def _names(_: Place, count: int) -> Sequence[str]:
    return [uuid4().hex for _ in range(count)]


def _rows(place: Place, count: int) -> Sequence[str]:
    """Store that many reports, as `revrx-reports submit` does."""
    names = _names(place, count)
    columns = "id, title, text, version, state, attempts, token, sends, created_at, resend_at"
    now = "extract(epoch FROM clock_timestamp())"
    values = f"%s, 'Bench', %s, 1, 'queued', 0, 0, 1, {now}, {now} + 3600"
    with psycopg.connect(place.env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        statement = f"INSERT INTO reports ({columns}) VALUES ({values})"  # noqa: S608 - nothing from outside
        cursor.executemany(statement.encode(), [(name, TEXT) for name in names])
    return names


KINDS = (
    Kind("a bare Celery task", "bench.nothing", _names),
    Kind("the task of a report, empty engine", OURS, _rows, empty=True),
    Kind("the task of a report, embedded engine", OURS, _rows),
)


def table(place: Place, tasks: int, rounds: int) -> Table:
    """Measure all kinds in turn, round after round."""
    rates: dict[str, list[float]] = {kind.name: [] for kind in KINDS}
    for number in range(rounds):
        for kind in KINDS:
            rates[kind.name].append(_rate(place, kind, tasks))
            print(f"worker: round {number + 1}: {kind.name}: {rates[kind.name][-1]:.0f} a second", flush=True)
    bare = statistics.median(rates[KINDS[0].name])
    rows = [_row(name, statistics.median(measured), bare) for name, measured in rates.items()]
    return Table(
        f"Tasks a second, {CORES} slots on {CORES} cores", ("", "a second", "a second and core", "of bare"), rows
    )


def _row(name: str, rate: float, bare: float) -> tuple[str, str, str, str]:
    return name, f"{rate:.0f}", f"{rate / CORES:.0f}", f"{100 * rate / bare:.0f} %"


def _rate(place: Place, kind: Kind, tasks: int) -> float:
    place.send(kind.task, [[name] for name in kind.prepare(place, tasks)])
    options = (f"--concurrency={CORES}", "--prefetch-multiplier=4")
    env = {"REVRX_BENCH_EMPTY": "1"} if kind.empty else {}
    return place.rate(tasks * 9 // 10, tasks // 10, "throughput", *options, **env)
