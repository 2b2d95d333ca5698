"""The cluster as it is: a pool, its Deployments, their pods."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from revrx_operator.api.spec import PoolSpec
from revrx_operator.model.broker import BrokerAddress

Manifest = Mapping[str, Any]


class PoolKey(NamedTuple):
    """Identifies a pool in the cluster."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class ObjectKey(NamedTuple):
    """A child object in the pool's namespace."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a number is what it is: a CamelCase code for programs, a sentence for people."""

    code: str
    message: str


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
    pods_refused: str = ""
    """What the API server says to the pods that it refuses to have; empty where it takes them."""


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
    restarts: int = 0
    """How often its worker was started anew; who was told to take nothing new is somebody else then."""
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
    flower_fault: Reason | None = None
    """What keeps everybody, or nobody, from entering Flower; workers start all the same."""
    secrets: str | None = ""
    """A digest of what workers take from Secrets, empty where that is nothing; None where some of it is missing."""
    flower_secrets: str | None = ""
    """The same of Flower."""
    broker: BrokerAddress | None = None
    """None while the URL is not known."""
    children: tuple[Manifest, ...] = ()
    """Live Deployments, HPAs, PDBs and Services that carry the pool's label, or stand where its children should."""
    pods: Mapping[str, tuple[Pod, ...]] = field(default_factory=dict)
    """By worker group, those groups' whose pods were listed."""
