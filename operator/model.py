"""What flows through one reconcile: a Snapshot of what is, a Plan of what to do, and the memory between two runs.

Plain data. Times are seconds since the epoch, counts are tasks or replicas, manifests are plain dicts as the
Kubernetes API has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from revrx_operator.api.spec import PoolSpec

Manifest = Mapping[str, Any]


class PoolKey(NamedTuple):
    """Identifies a pool in the cluster."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class Tls(NamedTuple):
    """How the certificate of a Redis is verified."""

    ca: str = ""
    """Certificates of the CAs to trust besides the system's, PEM."""
    verify: Literal["required", "optional", "none"] = "required"
    check_hostname: bool = True


class SentinelMaster(NamedTuple):
    """The Redis that Sentinels know by this name."""

    name: str
    password: str = ""
    """Of the Sentinels themselves; empty where they ask for none."""
    namespace: str = ""
    """Where a host name of one label that they answer is looked up."""


class BrokerAddress(NamedTuple):
    """A Redis, and how the app's transport lays out its keys there."""

    url: str
    """redis://, rediss://, or one sentinel:// for each Sentinel, joined by semicolons; no query."""
    key_prefix: str = ""
    priority_steps: tuple[int, ...] = (0, 3, 6, 9)
    priority_separator: str = "\x06\x16"
    tls: Tls | None = None
    """None where the connection is plain. With Sentinel it goes for the Sentinels as well."""
    sentinel: SentinelMaster | None = None

    @property
    def server(self) -> "BrokerAddress":
        """What connections are shared by: the same Redis, entered the same way, however keys are laid out."""
        return BrokerAddress(self.url, tls=self.tls, sentinel=self.sentinel)


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
    oldest_enqueued_at: float | None = None
    """When the task that has waited longest was sent, or its eta came; None where nothing that is due waits. Where
    messages carry no stamp, since when the end of the queue has not moved: the task is at least that old."""

    @property
    def running(self) -> int:
        """Tasks that workers hold and would run now; 0 where unknown."""
        return 0 if self.unacked is None else self.unacked - self.eta


@dataclass(frozen=True, slots=True)
class WorkerBeat:
    """What one worker last said of itself."""

    heard_at: float
    active: int
    """Tasks that it runs."""
    held: int | None = None
    """Tasks that it runs or has fetched ahead and that are due; None from an app without revrx_worker."""
    queues: frozenset[str] | None = None
    """Queues that it takes tasks from; None from an app without revrx_worker."""
    leaving: bool = False
    """It shuts down: it finishes what it runs and takes nothing new."""


@dataclass(frozen=True, slots=True)
class GroupReading:
    """What Redis and the workers say about one worker group."""

    queues: QueueLoad = QueueLoad()
    workers: Mapping[str, WorkerBeat] = field(default_factory=dict)
    """By pod name, those heard within the last three beats."""
    service_seconds: float | None = None
    """Mean time that a task took lately; None before enough have finished."""
    throttled_at: float | None = None
    """When a worker last reported that an API answered 429."""


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
    memory_percent: int | None = None
    """The HPA's measure, percent of the request, averaged over the pods."""
    autoscaler_raises: bool = True
    """Whether the live HPA may scale up."""
    replicas_handed_over: bool = True
    """False while spec.replicas still belongs to the field manager that applies the Deployment."""


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod of a worker group, as far as taking it away is concerned."""

    name: str
    uid: str
    replica_set: str
    """UID of its ReplicaSet."""
    stage: int = 3
    """How far it is: 0 has no node yet, 1 is Pending, 2 Unknown, 3 Running; the ReplicaSet takes the lowest first."""
    ready: bool = True
    may_hold_tasks: bool = True
    """False while its worker has not started yet, or its container is not running."""
    leaving: bool = False
    """It is being deleted."""
    retiring_since: float | None = None
    """When it was marked as retiring; None for one that stays."""
    deletion_cost: int = 0
    """The annotation controller.kubernetes.io/pod-deletion-cost: the ReplicaSet takes the lowest first."""
    answer: int | None = None
    """Tasks that its worker said it holds, asked after it had stopped fetching; None where it was not asked, or
    did not answer."""
    queues: frozenset[str] | None = None
    """Queues that its worker said it takes tasks from; None where it was not asked, or did not answer."""

    @property
    def deletion_rank(self) -> tuple[int, bool, int]:
        """What the ReplicaSet controller looks at first; the pod with the lowest rank goes first.

        Kubernetes 1.37, pkg/controller/controller_utils.go, ActivePodsWithRanks: no node, Pending, Unknown, not Ready,
        lower deletion cost. What it looks at then (nodes, times, restarts) is not told here: among equals any may go.
        """
        return self.stage, self.ready, self.deletion_cost


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
    pods: Mapping[str, tuple[Pod, ...]] = field(default_factory=dict)
    """By worker group, those groups' whose pods were listed."""


@dataclass(frozen=True, slots=True)
class BrokerReading:
    """One look at a pool's Redis: its state, and what it and the workers say about each group, by the group's name."""

    state: BrokerState
    groups: Mapping[str, GroupReading] = field(default_factory=dict)


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
    """The goal. Where it is lower than what runs, workers are chosen and drained on the way there."""
    reason: Reason
    memory: ScalingMemory
    ceiling: int
    """The most replicas that may be asked for now."""


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
    empty: Mapping[str, float] = field(default_factory=dict)
    """Since when a retiring worker is known to hold nothing."""
    rewritten_at: float = 0.0
    """When a deletion cost that somebody else had written over ours was last put right."""
    gave_up_at: float = 0.0
    """When empty workers were last given back, because they could not be taken away."""


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
class Outcome:
    """What carrying a plan out met with."""

    refusals: tuple[str, ...] = ()
    """What the API server said to each object that it refused, a sentence each."""
    cancelled: frozenset[str] = frozenset()
    """Pods whose workers confirmed that they take nothing new."""


@dataclass(frozen=True, slots=True)
class PoolEvent:
    """What happened to a pool, told once."""

    at: float
    type: Literal["Normal", "Warning"]
    action: str
    """What the operator did when it told this, one CamelCase word."""
    reason: Reason


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
    memory: PoolMemory = PoolMemory()
