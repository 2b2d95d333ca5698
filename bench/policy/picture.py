"""The working day as a picture: arrivals, replicas and waits over 24 hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, log10

from bench.figures import percentile
from bench.policy.simulate import Outcome
from bench.policy.traces import HOUR, Trace

WIDTH, PANEL, GAP, LEFT, TOP = 900, 150, 46, 50, 34
COLOURS = ("#0b7a53", "#c8553d")
GREY = "#5b6470"
STEP_SECONDS = 600.0


@dataclass(frozen=True)
class Line:
    """A row of values, one for each step."""

    name: str
    colour: str
    values: Sequence[float]


def working_day(trace: Trace, outcomes: Sequence[tuple[str, Outcome]]) -> str:
    """Draw one day under two scalers as SVG."""
    named = list(zip(outcomes, COLOURS, strict=True))
    panels = [
        ("tasks sent a minute", [Line("", GREY, arrivals(trace))]),
        ("replicas", [Line(name, colour, replicas(trace, outcome)) for (name, outcome), colour in named]),
        ("p95 wait, seconds", [Line(name, colour, waits(trace, outcome)) for (name, outcome), colour in named]),
    ]
    drawn = [_panel(title, lines, TOP + place * (PANEL + GAP)) for place, (title, lines) in enumerate(panels)]
    height = TOP + len(panels) * (PANEL + GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12" role="img"><title>A simulated working day: arrivals, replicas, waits</title>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _steps(trace: Trace) -> list[float]:
    return [step * STEP_SECONDS for step in range(ceil(trace.seconds / STEP_SECONDS))]


def arrivals(trace: Trace) -> list[float]:
    """Tasks a minute in each step."""
    counts = [0.0] * len(_steps(trace))
    for moment, _ in trace.arrivals:
        counts[int(moment // STEP_SECONDS)] += 60 / STEP_SECONDS
    return counts


def replicas(trace: Trace, outcome: Outcome) -> list[float]:
    """The mean of spec.replicas in each step."""
    return [outcome.mean_replicas(begin, begin + STEP_SECONDS) for begin in _steps(trace)]


def waits(trace: Trace, outcome: Outcome) -> list[float]:
    """The p95 wait of the tasks sent in each step; 0 where none was."""
    by_step: list[list[float]] = [[] for _ in _steps(trace)]
    for (moment, _), wait in zip(trace.arrivals, outcome.waits, strict=True):
        by_step[int(moment // STEP_SECONDS)].append(wait)
    return [percentile(seconds, 95) if seconds else 0.0 for seconds in by_step]


def _panel(title: str, lines: Sequence[Line], top: float) -> str:
    most = axis_end(max(max(line.values) for line in lines))
    marks = [_mark(most * part, top + PANEL * (1 - part)) for part in (0, 0.5, 1)]
    hours = [_hour(hour, top) for hour in range(0, 25, 3)]
    drawn = [_drawn(line, most, top) for line in lines]
    legend = [
        f'<text x="{LEFT + 180 + 160 * place}" y="{top - 8}" fill="{line.colour}" font-weight="bold">'
        f"{escape(line.name)}</text>"
        for place, line in enumerate(lines)
    ]
    heading = f'<text x="{LEFT}" y="{top - 8}" fill="{GREY}">{escape(title)}</text>'
    return "\n".join([heading, *legend, *marks, *hours, *drawn])


def axis_end(most: float) -> float:
    """The end of an axis: a number that reads well, and whose half does, too."""
    unit = 10.0 ** max(0, ceil(log10(most)) - 1) if most > 1 else 1.0
    return next(unit * times for times in (2, 4, 6, 8, 10) if unit * times >= most)


def _mark(value: float, y: float) -> str:
    return (
        f'<line x1="{LEFT}" y1="{y:.0f}" x2="{WIDTH - 20}" y2="{y:.0f}" stroke="#e3e6ea"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end" fill="{GREY}">{value:.0f}</text>'
    )


def _hour(hour: int, top: float) -> str:
    x = _x(hour * HOUR)
    return f'<text x="{x:.0f}" y="{top + PANEL + 16}" text-anchor="middle" fill="{GREY}">{hour}:00</text>'


def _drawn(line: Line, most: float, top: float) -> str:
    points = [
        f"{_x((step + 0.5) * STEP_SECONDS):.1f},{top + PANEL * (1 - value / most):.1f}"
        for step, value in enumerate(line.values)
    ]
    return f'<polyline points="{" ".join(points)}" fill="none" stroke="{line.colour}" stroke-width="1.6"/>'


def _x(second: float) -> float:
    return LEFT + (WIDTH - 20 - LEFT) * second / (24 * HOUR)
