"""What a run does, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from revrx_operator.model.cluster import Manifest, ObjectKey, Reason
from revrx_operator.model.memory import PoolMemory, ScalingMemory


@dataclass(frozen=True, slots=True)
class Decision:
    """The replicas that a group should have now, and why."""

    replicas: int
    """The goal. Where it is lower than what runs, workers are chosen and drained on the way there."""
    reason: Reason
    memory: ScalingMemory
    ceiling: int
    """The most replicas that may be asked for now."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One change of spec.replicas, valid only while ``current`` is still what stands there."""

    group: str
    deployment: str
    current: int
    replicas: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Handover:
    """spec.replicas of a Deployment passes to the field manager of the scale writes, at its present value.

    Due before the Deployment is applied again, for that leaves the field out, and a field that nobody has falls back to
    its default. Until then an apply of ours still owns it, which hurts nobody: whoever scales takes it over.
    """

    deployment: str
    replicas: int


@dataclass(frozen=True, slots=True)
class PodMark:
    """How a pod is to be marked: label ``revrx.io/retiring`` and deletion cost, both taken off where None."""

    pod: str
    uid: str
    retiring_since: float | None
    deletion_cost: int | None


@dataclass(frozen=True, slots=True)
class WorkerQueues:
    """The worker of a pod, and the queues that it is to stop or to start taking tasks from."""

    group: str
    pod: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restore:
    """A retiring pod that is to stay after all: it gets its queues back and, once it confirms, loses its mark."""

    worker: WorkerQueues
    """Without queues where there is no worker to tell."""
    unmark: PodMark | None
    """None where it carries no mark."""


@dataclass(frozen=True, slots=True)
class PoolEvent:
    """What happened to a pool, told once."""

    at: float
    type: Literal["Normal", "Warning"]
    action: str
    """What the operator did when it told this, one CamelCase word."""
    reason: Reason


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run does to a pool, in this order of fields."""

    handovers: tuple[Handover, ...] = ()
    """Each just before its Deployment is applied, and only then."""
    applies: tuple[Manifest, ...] = ()
    """Objects to apply server-side. A Deployment that carries spec.replicas is a new one."""
    restores: tuple[Restore, ...] = ()
    marks: tuple[PodMark, ...] = ()
    cancels: tuple[WorkerQueues, ...] = ()
    """Workers to stop taking new tasks; their pods are marked already."""
    scales: tuple[Scale, ...] = ()
    deletes: tuple[ObjectKey, ...] = ()
    status: Manifest | None = None
    """The whole status to write; None where what stands is good enough."""
    events: tuple[PoolEvent, ...] = ()
    decisions: Mapping[str, tuple[int, Reason]] = field(default_factory=dict)
    """By group name, replicas and reason as the status tells them, whether it is written now or not."""
    retry_after: float | None = None
    """Seconds after which to look again although nothing may have changed; None leaves it to events and resync."""
    memory: PoolMemory = field(default_factory=PoolMemory)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What carrying a plan out met with."""

    refusals: Mapping[str, str] = field(default_factory=dict)
    """What the API server said to each object that it refused, a sentence each, by the object's name."""
    cancelled: frozenset[str] = frozenset()
    """Pods whose workers confirmed that they take nothing new."""
