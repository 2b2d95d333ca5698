"""What is remembered from one run or tick to the next; an operator that starts anew remembers nothing, without harm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ScalingMemory:
    """What the decisions of one group remember: (time, replicas) pairs, oldest first."""

    wanted: tuple[tuple[float, int], ...] = ()
    """Demand over the stabilisation window."""
    lowered: tuple[tuple[float, int], ...] = ()
    """Replicas taken away within the last minute."""


@dataclass(frozen=True, slots=True)
class RetirementMemory:
    """What taking workers of one group away remembers, by pod name; lost on restart without harm."""

    look: bool = True
    """Whether the next run has to list the pods. The first one has: workers may be marked from before a restart."""
    ask: frozenset[str] = frozenset()
    """Pods whose workers the next run asks what they take tasks from and what they hold."""
    asked: frozenset[str] = frozenset()
    """Pods that stay and were asked, because no heartbeat says what they take tasks from."""
    costs: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    """Deletion cost of each pod, and since when it is seen."""
    restarts: Mapping[str, int] = field(default_factory=dict)
    """How often the worker of each pod had been started anew."""
    empty: Mapping[str, float] = field(default_factory=dict)
    """Since when a retiring worker is known to hold nothing."""
    rewritten_at: float = 0.0
    """When a deletion cost that somebody else had written over ours was last put right."""
    gave_up_at: float = 0.0
    """When empty workers were last given back, because they could not be taken away."""


NOTHING_REMEMBERED = RetirementMemory()


@dataclass(frozen=True, slots=True)
class PoolMemory:
    """What a pool's plans remember from one to the next; lost on restart without harm."""

    scaling: Mapping[str, ScalingMemory] = field(default_factory=dict)
    """By group name."""
    decided: Mapping[str, tuple[int, str, int]] = field(default_factory=dict)
    """By group name, replicas, reason and ceiling of the last run's decision."""
    reachable: bool = False
    """Whether Redis was, at the last run."""
    status_written_at: float = 0.0
    """When numbers were last written to the status."""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """The numbers that were written then, by group name."""
    cancelled: Mapping[str, float] = field(default_factory=dict)
    """By pod name, when its worker confirmed that it takes nothing new."""
    retirement: Mapping[str, RetirementMemory] = field(default_factory=dict)
    """By group name; a group that is missing has nothing remembered."""

    def retirement_of(self, group: str) -> RetirementMemory:
        """What is remembered of the workers of a group that are to go."""
        return self.retirement.get(group, NOTHING_REMEMBERED)
