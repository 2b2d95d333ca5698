"""What flows through one reconcile: a Snapshot of what is, a Plan of what to do, and the memory between two runs.

Plain data. Times are seconds since the epoch, counts are tasks or replicas, manifests are plain dicts as the
Kubernetes API has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from revrx_operator.api.spec import PoolSpec

Manifest = Mapping[str, Any]


class PoolKey(NamedTuple):
    """Identifies a pool in the cluster."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class BrokerAddress(NamedTuple):
    """A Redis, and how the app's transport lays out its keys there."""

    url: str
    key_prefix: str = ""
    priority_steps: tuple[int, ...] = (0, 3, 6, 9)
    priority_separator: str = "\x06\x16"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a number is what it is: a CamelCase code for programs, a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """What Redis holds for the queues of one worker group, in tasks."""

    waiting: int = 0
    """In the queues' lists, all priorities together."""
    unacked: int | None = 0
    """Handed to a worker and not acknowledged, eta tasks included; None where there were too many to look through."""
    eta: int = 0
    """Of the unacked, those that wait for their eta and need no slot now."""

    @property
    def running(self) -> int:
        """Tasks that workers hold and would run now; 0 where unknown."""
        return 0 if self.unacked is None else self.unacked - self.eta


@dataclass(frozen=True, slots=True)
class BrokerState:
    """Whether the pool's Redis answered, and if not, for how many readings in a row."""

    reachable: bool
    message: str = ""
    failures: int = 0


@dataclass(frozen=True, slots=True)
class CpuUsage:
    """The HPA's own measure: percent of the request, averaged over that many replicas."""

    percent: int
    replicas: int


@dataclass(frozen=True, slots=True)
class Workload:
    """What runs for a group: a Deployment's replicas, or processes on this machine."""

    replicas: int
    """Asked for: spec.replicas."""
    existing: int = 0
    ready: int = 0
    rolling: bool = False
    """A rollout is under way, or the newest generation is not observed yet."""
    cpu: CpuUsage | None = None
    replicas_handed_over: bool = True
    """False while spec.replicas still belongs to the field manager that applies the Deployment."""


@dataclass(frozen=True, slots=True)
class GroupSnapshot:
    """Everything that decides the replicas of one group, at one moment."""

    now: float
    broker: BrokerState
    workload: Workload | None = None
    """None while the group has no Deployment."""
    load: QueueLoad | None = None
    """None where Redis was not read."""


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A pool and all that belongs to it, as the cluster (or this machine) has it."""

    key: PoolKey
    pool: Manifest
    """The ReportWorkerPool as stored."""
    spec: PoolSpec | None
    """None where the stored spec cannot be read; spec_errors says why."""
    spec_errors: tuple[str, ...] = ()
    faults: tuple[Reason, ...] = ()
    """What keeps workers from starting: a Secret or a key that is not there, a broker URL that is none."""
    broker: BrokerAddress | None = None
    """None while the URL is not known."""
    children: tuple[Manifest, ...] = ()
    """Live Deployments, HPAs and PDBs that carry the pool's label, or stand where its children should."""


@dataclass(frozen=True, slots=True)
class BrokerReading:
    """One look at a pool's Redis: its state, and the load of each worker group by name."""

    state: BrokerState
    loads: Mapping[str, QueueLoad] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PoolSnapshot:
    """Everything that one plan is made from, at one moment."""

    now: float
    view: ClusterView
    reading: BrokerReading
    refusals: tuple[str, ...] = ()
    """What the API server said to the objects that it refused last time, a sentence each."""


@dataclass(frozen=True, slots=True)
class ScalingMemory:
    """What the decisions of one group remember: (time, replicas) pairs, oldest first."""

    wanted: tuple[tuple[float, int], ...] = ()
    """Demand over the stabilisation window."""
    lowered: tuple[tuple[float, int], ...] = ()
    """Replicas taken away within the last minute."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The replicas that a group should have now, and why."""

    replicas: int
    reason: Reason
    memory: ScalingMemory


@dataclass(frozen=True, slots=True)
class PoolMemory:
    """What a pool's plans remember from one to the next; lost on restart without harm."""

    scaling: Mapping[str, ScalingMemory] = field(default_factory=dict)
    """By group name."""
    status_written_at: float = 0.0
    """When numbers were last written to the status."""


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
    """spec.replicas of a Deployment passes to the field manager of the scale writes, at its present value."""

    deployment: str
    replicas: int


class ObjectKey(NamedTuple):
    """A child object in the pool's namespace."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run does to a pool, in this order of fields."""

    handovers: tuple[Handover, ...] = ()
    applies: tuple[Manifest, ...] = ()
    """Objects to apply server-side. A Deployment that carries spec.replicas is a new one."""
    scales: tuple[Scale, ...] = ()
    deletes: tuple[ObjectKey, ...] = ()
    status: Manifest | None = None
    """The whole status to write; None where what stands is good enough."""
    retry_after: float | None = None
    """Seconds after which to look again although nothing may have changed; None leaves it to events and resync."""
    memory: PoolMemory = PoolMemory()
