"""Everything that a plan is made from, at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from revrx_operator.model.broker import BrokerReading, BrokerState, GroupReading
from revrx_operator.model.cluster import ClusterView, Pod, PoolKey, Workload


@dataclass(frozen=True, slots=True)
class GroupSnapshot:
    """Everything that decides the replicas of one group, at one moment."""

    now: float
    broker: BrokerState
    workload: Workload | None = None
    """None while the group has no Deployment."""
    reading: GroupReading | None = None
    """None where Redis was not read."""
    pods: tuple[Pod, ...] | None = None
    """None where they were not listed: they are looked at only while replicas are to go."""


@dataclass(frozen=True, slots=True)
class PoolSnapshot:
    """Everything that one plan is made from, at one moment."""

    now: float
    view: ClusterView
    reading: BrokerReading
    refusals: Mapping[str, str] = field(default_factory=dict)
    """What the API server said to the objects that it refused last time, a sentence each, by the object's name."""
    shared_queues: Mapping[str, Sequence[PoolKey]] | None = field(default_factory=dict)
    """By queue, the other pools that take tasks from it; None where some that were not heard yet may."""
