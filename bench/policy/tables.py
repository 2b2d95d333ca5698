"""What the simulations gave, as tables."""

from collections.abc import Callable, Mapping, Sequence
from statistics import mean

from bench.figures import percentile
from bench.policy.simulate import Outcome, Seen
from bench.result import Table

Outcomes = Mapping[str, Mapping[str, Sequence[Outcome]]]
"""By trace and by subject, one of each seed."""
Figure = Callable[[Outcome], float]


def p95(seen: Seen) -> float:
    """Give the wait that 95 % of the tasks had at most, seconds."""
    return percentile(seen.waits, 95)


FIGURES: Mapping[str, Figure] = {
    "p50 wait": lambda outcome: percentile(outcome.waits, 50),
    "p95 wait": p95,
    "worst wait": lambda outcome: max(outcome.waits),
    "replica-hours": lambda outcome: outcome.replica_hours,
    "scale actions": lambda outcome: outcome.actions,
    "taken away running": lambda outcome: outcome.taken_running,
    "interrupted": lambda outcome: outcome.interrupted,
}
HALF = 0.5
"""Of KEDA's p95 wait is what ours may have at most where arrivals vary."""


def by_trace(outcomes: Outcomes) -> list[Table]:
    """Tell every figure of every subject, a table for each trace."""
    return [
        Table(
            f"{trace.capitalize()}: seconds of wait, replica-hours, counts; mean of the seeds (least to most)",
            ["", *FIGURES],
            [[name, *(spread(map(figure, seeds)) for figure in FIGURES.values())] for name, seeds in subjects.items()],
        )
        for trace, subjects in outcomes.items()
    ]


def verdict(outcomes: Outcomes, ours: str, keda: str, varying: Sequence[str]) -> Table:
    """Tell ours as a multiple of KEDA's, with what it may be at most: half the wait where arrivals vary."""
    rows = []
    for trace, subjects in outcomes.items():
        wait, hours = ratio(subjects, ours, keda, p95), ratio(subjects, ours, keda, FIGURES["replica-hours"])
        most = HALF if trace in varying else 1.0
        kept = "yes" if wait <= most and hours <= 1 else "no"
        rows.append([trace, f"{wait:.2f}", f"{most:.1f}", f"{hours:.2f}", "1.0", kept])
    return Table(
        f"{ours} as a multiple of {keda}",
        ["", "p95 wait", "at most", "replica-hours", "at most", "kept"],
        rows,
    )


def ratio(subjects: Mapping[str, Sequence[Outcome]], ours: str, other: str, figure: Figure) -> float:
    """Divide the mean over the seeds of ours by the other's; 1 where both are nothing."""
    mine, theirs = mean(map(figure, subjects[ours])), mean(map(figure, subjects[other]))
    return mine / theirs if theirs else float(mine == 0) or float("inf")


def variations(measured: Mapping[tuple[str, str], tuple[Outcome, Outcome]]) -> Table:
    """Tell p95 wait and replica-hours of ours and of KEDA's defaults, by setting and trace."""
    figures = (p95, FIGURES["replica-hours"])
    rows = [
        [setting, trace, *(spread([figure(outcome)]) for outcome in pair for figure in figures)]
        for (setting, trace), pair in measured.items()
    ]
    columns = ["", "trace", "p95 wait, ours", "replica-hours, ours", "p95 wait, KEDA", "replica-hours, KEDA"]
    return Table("What other settings give, first seed", columns, rows)


def validation(real: Seen, simulated: Sequence[Seen]) -> Table:
    """Tell the real run and the simulations of the same trace, figure by figure."""
    figures: Mapping[str, Callable[[Seen], float]] = {
        "mean wait, s": lambda seen: mean(seen.waits),
        "p50 wait, s": lambda seen: percentile(seen.waits, 50),
        "p95 wait, s": p95,
        "worst wait, s": lambda seen: max(seen.waits),
        "replica-seconds in spec": lambda seen: seen.replica_seconds,
        "scale actions": lambda seen: seen.actions,
        "most replicas": lambda seen: max(replicas for _, replicas in seen.history),
    }
    rows = [[name, spread(map(figure, simulated)), spread([figure(real)])] for name, figure in figures.items()]
    return Table(f"Ours, one run on kind of {len(real.waits)} tasks", ["", "simulated", "real"], rows)


def spread(values: "Sequence[float] | map[float]") -> str:
    """Write the mean, and what it is the mean of where that differs."""
    listed = list(values)
    least, most = min(listed), max(listed)
    if _written(least) == _written(most):
        return _written(most)
    return f"{_written(mean(listed))} ({_written(least)} to {_written(most)})"


def _written(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.1f}"
