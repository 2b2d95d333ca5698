"""Snapshots and specs for tests of the plan, from the few words that a case gives."""

from typing import Any

from revrx_operator.api.spec import PoolSpec, WorkerGroup
from revrx_operator.model import (
    BrokerState,
    CpuUsage,
    GroupSnapshot,
    QueueLoad,
    ScalingMemory,
    Workload,
)

NOW = 1_700_000_000.0


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
    replicas: int | None = None,
    load: dict[str, Any] | None = None,
    rolling: bool = False,
    cpu: int | None = None,
    failures: int = 0,
) -> GroupSnapshot:
    """One group at NOW; without a load Redis was not read."""
    workload = None
    if replicas is not None:
        usage = None if cpu is None else CpuUsage(percent=cpu, replicas=replicas)
        workload = Workload(replicas=replicas, existing=replicas, ready=replicas, rolling=rolling, cpu=usage)
    state = BrokerState(reachable=load is not None, message="" if load is not None else "refused", failures=failures)
    return GroupSnapshot(NOW, state, workload, None if load is None else QueueLoad(**load))


def scaling_memory(*, wanted: Any = (), lowered: Any = ()) -> ScalingMemory:
    """What earlier decisions remember, from [seconds ago, replicas] pairs."""
    return ScalingMemory(
        wanted=tuple((NOW - ago, replicas) for ago, replicas in wanted),
        lowered=tuple((NOW - ago, replicas) for ago, replicas in lowered),
    )
