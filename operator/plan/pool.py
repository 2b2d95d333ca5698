"""The plan of a whole pool."""

from collections.abc import Iterable, Sequence

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.model import Manifest, Plan, PoolMemory, PoolSnapshot, Reason, ScalingMemory
from revrx_operator.plan.conditions.queue_shared import unproven_warning
from revrx_operator.plan.events import events_of
from revrx_operator.plan.flower import plan_flower
from revrx_operator.plan.groups import GroupPlan, plan_group
from revrx_operator.plan.removed import plan_removals, retirements
from revrx_operator.plan.retirement import Retirement
from revrx_operator.plan.stabilisation import after_restart
from revrx_operator.plan.status import build_status, scaled_at, worth_writing
from revrx_operator.plan.tick import numbers, outline

CREATED_RETRY_SECONDS = 1.0
FAULT_RETRY_SECONDS = 5.0
"""Secrets are read, never watched: a pool that waits for one looks again this often."""

UNHEARD_RETRY_SECONDS = 5.0
"""Until the pools that were not heard yet are likely to have been."""


def plan_pool(snapshot: PoolSnapshot, memory: PoolMemory) -> Plan:
    """What to do to a pool now."""
    groups = _plan_groups(snapshot, memory)
    removals = plan_removals(snapshot, memory)
    retiring = {**{plan.group.name: plan.retirement for plan in groups}, **dict(retirements(removals))}
    flower = plan_flower(snapshot.view)
    status = build_status(snapshot, groups, flower)
    written = snapshot.view.pool.get("status", {})
    creates = not memory.decided and _creates(groups)
    write = not creates and worth_writing(status, written, snapshot.now - memory.status_written_at)
    scales = tuple(plan.scale for plan in groups if plan.scale)
    return Plan(
        handovers=tuple(plan.handover for plan in groups if plan.handover),
        applies=(*(manifest for plan in groups for manifest in plan.applies), *flower.applies),
        restores=tuple(restore for retirement in retiring.values() for restore in retirement.restores),
        marks=tuple(mark for retirement in retiring.values() for mark in retirement.marks),
        cancels=tuple(cancel for retirement in retiring.values() for cancel in retirement.cancels),
        scales=(*scales, *(removal.scale for removal in removals if removal.scale)),
        deletes=(*(child for removal in removals for child in removal.deletes), *flower.deletes),
        status=status if write else None,
        events=() if creates else events_of(scales, written, status, snapshot.now),
        decisions={group["name"]: _told(group) for group in status["groups"]},
        retry_after=_retry_after(snapshot, retiring.values(), creates),
        memory=PoolMemory(
            scaling={plan.group.name: plan.decision.memory for plan in groups},
            decided={plan.group.name: outline(plan.goal) for plan in groups},
            reachable=snapshot.reading.state.reachable,
            status_written_at=snapshot.now if write else memory.status_written_at,
            cancelled={pod: at for retirement in retiring.values() for pod, at in retirement.cancelled.items()},
            retirement={name: retirement.memory for name, retirement in retiring.items()},
            numbers=numbers(snapshot.reading.groups) if write or status == written else memory.numbers,
        ),
    )


def _creates(groups: Sequence[GroupPlan]) -> bool:
    """Whether Deployments are being made. A pool's first run leaves it to the next one to tell what became of them: a
    status now would be old in a moment, and of 1,000 new pools each would wait for the status of the others."""
    return any(plan.workload is None and plan.applies for plan in groups)


def _retry_after(snapshot: PoolSnapshot, retiring: Iterable[Retirement], creates: bool) -> float | None:
    waits = [retirement.retry_after for retirement in retiring if retirement.retry_after is not None]
    waits += [CREATED_RETRY_SECONDS] if creates else []
    waits += [FAULT_RETRY_SECONDS] if snapshot.view.faults or snapshot.view.flower_fault else []
    waits += [UNHEARD_RETRY_SECONDS] if unproven_warning(snapshot) else []
    return min(waits, default=None)


def _told(group: Manifest) -> tuple[int, Reason]:
    return group["desiredReplicas"], Reason(group["reason"], group["message"])


def _plan_groups(snapshot: PoolSnapshot, memory: PoolMemory) -> Sequence[GroupPlan]:
    spec = snapshot.view.spec
    if spec is None:
        return ()
    return [plan_group(snapshot, spec, group, _remembered(snapshot, group, memory), memory) for group in spec.workers]


def _remembered(snapshot: PoolSnapshot, group: WorkerGroup, memory: PoolMemory) -> ScalingMemory:
    per_minute = group.scaling.scale_down.max_replicas_per_minute
    known = memory.scaling.get(group.name)
    return known or after_restart(_not_later(scaled_at(snapshot.view.pool, group.name), snapshot.now), per_minute)


def _not_later(at: float | None, now: float) -> float | None:
    """A time of the status, which may have been written by a clock that was ahead."""
    return None if at is None else min(at, now)
