"""What flows through one reconcile: a Snapshot of what is, a Plan of what to do, and the memory between two runs.

Plain data. Times are seconds since the epoch, counts are tasks or replicas, manifests are plain dicts as the
Kubernetes API has them.
"""

from revrx_operator.model.broker import (
    BrokerAddress,
    BrokerReading,
    BrokerState,
    GroupReading,
    QueueLoad,
    SentinelMaster,
    Tls,
    WorkerBeat,
)
from revrx_operator.model.cluster import ClusterView, CpuUsage, Manifest, ObjectKey, Pod, PoolKey, Reason, Workload
from revrx_operator.model.memory import PoolMemory, RetirementMemory, ScalingMemory
from revrx_operator.model.plan import (
    Decision,
    Handover,
    Outcome,
    Plan,
    PodMark,
    PoolEvent,
    Restore,
    Scale,
    WorkerQueues,
)
from revrx_operator.model.snapshot import GroupSnapshot, PoolSnapshot

__all__ = [
    "BrokerAddress",
    "BrokerReading",
    "BrokerState",
    "ClusterView",
    "CpuUsage",
    "Decision",
    "GroupReading",
    "GroupSnapshot",
    "Handover",
    "Manifest",
    "ObjectKey",
    "Outcome",
    "Plan",
    "Pod",
    "PodMark",
    "PoolEvent",
    "PoolKey",
    "PoolMemory",
    "PoolSnapshot",
    "QueueLoad",
    "Reason",
    "Restore",
    "RetirementMemory",
    "Scale",
    "ScalingMemory",
    "SentinelMaster",
    "Tls",
    "WorkerBeat",
    "WorkerQueues",
    "Workload",
]
