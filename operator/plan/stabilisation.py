"""Shrinking slowly: the highest demand of the last minutes decides, and only so many replicas go within a minute."""

from revrx_operator.model import ScalingMemory

PACE_WINDOW_SECONDS = 60.0


def remember_wanted(
    memory: ScalingMemory, now: float, wanted: int, current: int, window_seconds: float
) -> ScalingMemory:
    """Add what is wanted now, and drop what can never be the highest again or is older than the window.

    A first entry is preceded by what runs: after a restart nothing is taken away before a whole window has been seen.
    """
    earlier = memory.wanted or ((now, current),)
    kept = tuple((at, replicas) for at, replicas in earlier if at > now - window_seconds and replicas > wanted)
    return ScalingMemory((*kept, (now, wanted)), memory.lowered)


def highest_wanted(memory: ScalingMemory) -> int:
    """The highest demand that the window still holds."""
    return max(replicas for _, replicas in memory.wanted)


def lowered(memory: ScalingMemory, now: float, replicas: int) -> ScalingMemory:
    """Add replicas that are taken away now, and drop what is older than a minute.

    For whoever plans the Scale: a decision is only the goal, and workers are counted off once they are empty.
    """
    return ScalingMemory(memory.wanted, (*_lately(memory, now), (now, replicas)))


def may_lower(memory: ScalingMemory, now: float, per_minute: int) -> int:
    """Replicas that may still be taken away in this minute."""
    return max(0, per_minute - sum(replicas for _, replicas in _lately(memory, now)))


def after_restart(scaled_at: float | None, per_minute: int) -> ScalingMemory:
    """The memory of an operator that has none: what it scaled last may have been a whole minute's pace downwards."""
    return ScalingMemory() if scaled_at is None else ScalingMemory(lowered=((scaled_at, per_minute),))


def _lately(memory: ScalingMemory, now: float) -> tuple[tuple[float, int], ...]:
    return tuple((at, replicas) for at, replicas in memory.lowered if at > now - PACE_WINDOW_SECONDS)
