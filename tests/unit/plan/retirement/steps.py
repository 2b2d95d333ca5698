"""Pods, heartbeats and one step of the protocol by which a worker is taken away."""

from typing import Any

from revrx_operator.model import (
    BrokerState,
    GroupReading,
    GroupSnapshot,
    Pod,
    RetirementMemory,
    WorkerBeat,
    Workload,
)
from revrx_operator.plan.deletion_order import EMPTY_COST, RETIRING_COST
from revrx_operator.plan.retirement import CACHE_SECONDS, Retirement, retire
from tests.unit.plan.builders import NOW

REPORTS = frozenset({"reports"})
LONG_AGO = NOW - 1000
SETTLED = NOW - CACHE_SECONDS


def pod(name: str, **fields: Any) -> Pod:
    return Pod(name, f"{name}-uid", **{"replica_set": "rs", **fields})


def unstarted(name: str, stage: int = 1, **fields: Any) -> Pod:
    return pod(name, stage=stage, ready=False, may_hold_tasks=False, **fields)


def retiring(name: str, cost: int = RETIRING_COST, **fields: Any) -> Pod:
    return pod(name, retiring_since=LONG_AGO, deletion_cost=cost, **fields)


def drained(name: str, cost: int = EMPTY_COST, **fields: Any) -> Pod:
    """It was told to stop, and was asked for this very run."""
    return retiring(name, cost, **{"queues": frozenset(), "answer": 0, **fields})


def beat(
    held: int = 0, queues: frozenset[str] | None = REPORTS, *, ago: float = 0.5, leaving: bool = False
) -> WorkerBeat:
    return WorkerBeat(NOW - ago, held, held, queues, leaving)


def step(
    *pods: Pod,
    goal: int,
    replicas: int | None = None,
    beats: dict[str, WorkerBeat] | None = None,
    cancelled: dict[str, float] | None = None,
    listed: bool = True,
    rolling: bool = False,
    reachable: bool = True,
    drains: bool = False,
    **memory: Any,
) -> Retirement:
    """One step with these pods, whose deletion costs have been seen for long, and whose cancels are long confirmed."""
    current = len([p for p in pods if not p.leaving]) if replicas is None else replicas
    known = {p.name: (p.deletion_cost, LONG_AGO) for p in pods}
    confirmed = {p.name: LONG_AGO for p in pods if p.retiring_since} if cancelled is None else cancelled
    reading = GroupReading(workers=beats or {}) if reachable else None
    workload = Workload(current, current, current, rolling)
    snapshot = GroupSnapshot(NOW, BrokerState(reachable, "refused"), workload, reading, pods if listed else None)
    return retire(
        snapshot,
        goal,
        name="worker",
        queues=("reports",),
        cancelled=confirmed,
        memory=RetirementMemory(**{"costs": known, **memory}),
        drains=drains,
    )


def marked(plan: Retirement) -> list[str]:
    return [mark.pod for mark in plan.marks if mark.deletion_cost == RETIRING_COST]


def restored(plan: Retirement) -> list[str]:
    return [restore.worker.pod for restore in plan.restores]
