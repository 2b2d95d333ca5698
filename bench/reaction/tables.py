"""The reactions of all runs as tables."""

from collections.abc import Mapping, Sequence

from bench.figures import percentile, times_faster
from bench.reaction.timing import Reaction
from bench.result import Table

Reactions = Mapping[str, Sequence[Reaction]]
"""By the subject's name."""

MOMENTS = {"first": "first", "full": "ten", "ready": "Ready"}
PERCENTS = {50: "p50", 95: "p95", 100: "max"}
COLUMNS = [f"{title} {word}" for title in MOMENTS.values() for word in PERCENTS.values()]


def durations(reactions: Reactions) -> Table:
    """Tell how long each subject took to each moment."""
    rows = [
        [name, str(len(measured)), *(f"{seconds:.2f}" for seconds in _figures(measured))]
        for name, measured in reactions.items()
    ]
    return Table("Seconds from the enqueue: first replica, ten in spec, ten Ready", ["", "runs", *COLUMNS], rows)


def ratios(reactions: Reactions, ours: str) -> Table:
    """Tell how many times faster the subject of that name was than each other one, percentile by percentile."""
    best = _figures(reactions[ours])
    rows = [
        [name, *(f"{times_faster(mine, theirs):.1f}" for mine, theirs in zip(best, _figures(measured), strict=True))]
        for name, measured in reactions.items()
        if name != ours
    ]
    return Table(f"How many times faster {ours} is than", ["", *COLUMNS], rows)


def _figures(measured: Sequence[Reaction]) -> list[float]:
    moments = [[getattr(reaction, moment) for reaction in measured] for moment in MOMENTS]
    return [percentile(seconds, percent) for seconds in moments for percent in PERCENTS]
