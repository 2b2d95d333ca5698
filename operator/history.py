"""The last decisions of each worker group, with what they were made from. For people: no plan reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from revrx_operator.model import GroupReading, Reason

KEPT = 20
"""Decisions that are remembered of each group."""


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A decision that was another one than the decision before it."""

    at: float
    previous: int | None
    """Replicas that were decided before; None for the first decision since the operator started."""
    replicas: int
    reason: Reason
    reading: GroupReading | None
    """What was known then; None where Redis was not read."""


@dataclass(frozen=True, slots=True)
class GroupHistory:
    """What was decided for one worker group since the operator started."""

    replicas: int
    reason: Reason
    """Of the last run's decision, in the words of that run."""
    past: tuple[PastDecision, ...] = ()
    """Oldest first."""
    times: Mapping[str, int] = field(default_factory=dict)
    """By reason, how often a decision was another one than the decision before."""


History = Mapping[str, GroupHistory]
"""By group name."""


def remember(
    history: History, at: float, decisions: Mapping[str, tuple[int, Reason]], readings: Mapping[str, GroupReading]
) -> History:
    """The history with what a run decided; groups that are no more are forgotten."""
    return {
        name: _remember(history.get(name), at, replicas, reason, readings.get(name))
        for name, (replicas, reason) in decisions.items()
    }


def _remember(
    known: GroupHistory | None, at: float, replicas: int, reason: Reason, reading: GroupReading | None
) -> GroupHistory:
    """Only other replicas or another reason are news: a sentence has numbers in it that move all the time."""
    if known is not None and (known.replicas, known.reason.code) == (replicas, reason.code):
        return GroupHistory(replicas, reason, known.past, known.times)
    past, times = (known.past, known.times) if known else ((), {})
    news = PastDecision(at, known.replicas if known else None, replicas, reason, reading)
    return GroupHistory(replicas, reason, (*past, news)[-KEPT:], {**times, reason.code: times.get(reason.code, 0) + 1})
