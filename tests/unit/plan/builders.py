"""Snapshots and specs for tests of the plan, from the few words that a case gives."""

from typing import Any

from revrx_operator.api.spec import PoolSpec, WorkerGroup
from revrx_operator.model import (
    BrokerAddress,
    BrokerReading,
    BrokerState,
    ClusterView,
    CpuUsage,
    GroupReading,
    GroupSnapshot,
    Manifest,
    Pod,
    PoolKey,
    PoolSnapshot,
    QueueLoad,
    Reason,
    ScalingMemory,
    WorkerBeat,
    Workload,
)

NOW = 1_700_000_000.0

HPA, PDB = "HorizontalPodAutoscaler", "PodDisruptionBudget"


def worker_group(**fields: Any) -> WorkerGroup:
    """A group as a user writes it; name and queue are filled in."""
    return WorkerGroup.model_validate({"name": "worker", "queues": ["reports"], **fields})


def pool_spec(*groups: WorkerGroup, **fields: Any) -> PoolSpec:
    """A pool with one group unless given others."""
    workers = [group.model_dump(by_alias=True) for group in groups or (worker_group(),)]
    return PoolSpec.model_validate(
        {"image": "revrx/worker:dev", "broker": {"url": "redis://redis:6379/0"}, "workers": workers, **fields}
    )


def group_snapshot(
    *,
    now: float = NOW,
    replicas: int | None = None,
    ready: int | None = None,
    load: dict[str, Any] | None = None,
    workers: dict[str, dict[str, Any]] | None = None,
    pods: list[dict[str, Any]] | None = None,
    service: float | None = None,
    throttled: float | None = None,
    rolling: bool = False,
    cpu: int | None = None,
    cpu_replicas: int | None = None,
    failures: int = 0,
) -> GroupSnapshot:
    """One group at one moment; without a load Redis was not read. ``throttled`` is so many seconds ago."""
    workload = None
    if replicas is not None:
        usage = None if cpu is None else CpuUsage(percent=cpu, replicas=cpu_replicas or replicas)
        running = replicas if ready is None else ready
        workload = Workload(replicas=replicas, existing=replicas, ready=running, rolling=rolling, cpu=usage)
    state = BrokerState(reachable=load is not None, message="" if load is not None else "refused", failures=failures)
    reading = None
    if load is not None:
        beats = {name: worker_beat(**fields) for name, fields in (workers or {}).items()}
        throttled_at = None if throttled is None else now - throttled
        reading = GroupReading(queue_load(now=now, **load), beats, service, throttled_at)
    listed = None if pods is None else tuple(pod(**fields) for fields in pods)
    return GroupSnapshot(now, state, workload, reading, listed)


def queue_load(*, now: float = NOW, oldest: float | None = None, **fields: Any) -> QueueLoad:
    """What Redis holds; the oldest task was sent so many seconds ago."""
    return QueueLoad(oldest_enqueued_at=None if oldest is None else now - oldest, **fields)


def worker_beat(active: int = 0, **fields: Any) -> WorkerBeat:
    """A worker that was heard a second ago."""
    return WorkerBeat(NOW - 1.0, active, **fields)


def pod(name: str, *, retiring: bool = False, **fields: Any) -> Pod:
    """A pod of the newest ReplicaSet."""
    return Pod(name, f"{name}-uid", "newest", retiring_since=NOW - 10.0 if retiring else None, **fields)


def scaling_memory(*, wanted: Any = (), lowered: Any = ()) -> ScalingMemory:
    """What earlier decisions remember, from [seconds ago, replicas] pairs."""
    return ScalingMemory(
        wanted=tuple((NOW - ago, replicas) for ago, replicas in wanted),
        lowered=tuple((NOW - ago, replicas) for ago, replicas in lowered),
    )


def pool_manifest(spec: dict[str, Any] | None = None, status: dict[str, Any] | None = None) -> dict[str, Any]:
    """A stored ReportWorkerPool named revrx-celery."""
    metadata = {"name": "revrx-celery", "namespace": "revrx", "uid": "pool-uid", "generation": 1}
    return {
        "apiVersion": "revrx.io/v1alpha1",
        "kind": "ReportWorkerPool",
        "metadata": metadata,
        "spec": spec or {},
        **({"status": status} if status else {}),
    }


def child(
    kind: str = "Deployment",
    name: str = "revrx-celery-worker",
    *,
    owner: str | None = "pool-uid",
    replicas: int = 2,
    ready: int | None = None,
    managers: tuple[str, ...] = ("revrx-scaler",),
) -> dict[str, Any]:
    """A live child of the pool; of a Deployment, ``managers`` own spec.replicas."""
    owners = [{"uid": owner, "controller": True}] if owner else []
    fields = [{"manager": manager, "fieldsV1": {"f:spec": {"f:replicas": {}}}} for manager in managers]
    running = replicas if ready is None else ready
    return {
        "kind": kind,
        "metadata": {"name": name, "uid": f"{kind}-uid", "ownerReferences": owners, "managedFields": fields},
        "spec": {"replicas": replicas},
        "status": {"replicas": replicas, "updatedReplicas": replicas, "readyReplicas": running},
    }


def all_children(**deployment: Any) -> list[dict[str, Any]]:
    """A group's Deployment, HPA and PDB."""
    return [child(**deployment), child(HPA), child(PDB)]


def autoscaler(
    name: str = "revrx-celery-worker",
    *,
    currentReplicas: int | None = None,  # noqa: N803 - as the HPA writes it
    active: str | None = None,
    used: dict[str, int | None] | None = None,
    selectPolicy: str | None = None,  # noqa: N803
) -> dict[str, Any]:
    """A live HPA of the pool: what it saw, whether it is in force, the percent used of each resource."""
    metrics = used and [
        {"type": "Resource", "resource": {"name": resource, "current": {"averageUtilization": percent}}}
        if resource
        else {"type": "External", "external": {"current": {"value": "7"}}}
        for resource, percent in used.items()
    ]
    conditions = active and [{"type": "AbleToScale", "status": "True"}, {"type": "ScalingActive", "status": active}]
    return child(HPA, name) | {
        "spec": {"behavior": {"scaleUp": {"selectPolicy": selectPolicy}}} if selectPolicy else {},
        "status": {"currentReplicas": currentReplicas, "conditions": conditions, "currentMetrics": metrics},
    }


def pool_snapshot(
    spec: PoolSpec | None,
    *children: Manifest,
    pool: dict[str, Any] | None = None,
    loads: dict[str, QueueLoad] | None = None,
    faults: tuple[Reason, ...] = (),
    flower_fault: Reason | None = None,
    spec_errors: tuple[str, ...] = (),
) -> PoolSnapshot:
    """The pool at NOW; Redis answers with the loads, or was not read where there are none."""
    view = ClusterView(
        PoolKey("revrx", "revrx-celery"),
        pool or pool_manifest(),
        spec,
        spec_errors=spec_errors,
        faults=faults,
        flower_fault=flower_fault,
        broker=BrokerAddress("redis://redis:6379/0"),
        children=children,
    )
    groups = {name: GroupReading(load) for name, load in (loads or {}).items()}
    return PoolSnapshot(NOW, view, BrokerReading(BrokerState(reachable=loads is not None), groups))
