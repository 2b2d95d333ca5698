"""The plan of a whole pool."""

from collections.abc import Iterable, Sequence

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.model import Manifest, ObjectKey, Plan, PoolMemory, PoolSnapshot, Reason, ScalingMemory
from revrx_operator.plan.children import is_ours
from revrx_operator.plan.events import events_of
from revrx_operator.plan.groups import GroupPlan, plan_group
from revrx_operator.plan.stabilisation import after_restart
from revrx_operator.plan.status import build_status, scaled_at, worth_writing
from revrx_operator.plan.tick import numbers, outline
from revrx_operator.resources.names import child_name

FAULT_RETRY_SECONDS = 5.0
"""Secrets are read, never watched: a pool that waits for one looks again this often."""

DELETION_ORDER = ("HorizontalPodAutoscaler", "PodDisruptionBudget", "Deployment")


def plan_pool(snapshot: PoolSnapshot, memory: PoolMemory) -> Plan:
    """What to do to a pool now."""
    groups = _plan_groups(snapshot, memory)
    status = build_status(snapshot, groups)
    written = snapshot.view.pool.get("status", {})
    write = worth_writing(status, written, snapshot.now - memory.status_written_at)
    scales = tuple(plan.scale for plan in groups if plan.scale)
    return Plan(
        handovers=tuple(plan.handover for plan in groups if plan.handover),
        applies=tuple(manifest for plan in groups for manifest in plan.applies),
        restores=tuple(restore for plan in groups for restore in plan.retirement.restores),
        marks=tuple(mark for plan in groups for mark in plan.retirement.marks),
        cancels=tuple(cancel for plan in groups for cancel in plan.retirement.cancels),
        scales=scales,
        deletes=_deletes(snapshot),
        status=status if write else None,
        events=events_of(scales, written, status, snapshot.now),
        decisions={group["name"]: _told(group) for group in status["groups"]},
        retry_after=_retry_after(snapshot, groups),
        memory=PoolMemory(
            scaling={plan.group.name: plan.decision.memory for plan in groups},
            decided={plan.group.name: outline(plan.goal) for plan in groups},
            reachable=snapshot.reading.state.reachable,
            status_written_at=snapshot.now if write else memory.status_written_at,
            cancelled={pod: at for plan in groups for pod, at in plan.retirement.cancelled.items()},
            retirement={plan.group.name: plan.retirement.memory for plan in groups},
            numbers=numbers(snapshot.reading.groups) if write or status == written else memory.numbers,
        ),
    )


def _retry_after(snapshot: PoolSnapshot, groups: Sequence[GroupPlan]) -> float | None:
    waits = [plan.retirement.retry_after for plan in groups if plan.retirement.retry_after is not None]
    return min([*waits, FAULT_RETRY_SECONDS] if snapshot.view.faults else waits, default=None)


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
    return known or after_restart(scaled_at(snapshot.view.pool, group.name), per_minute)


def _deletes(snapshot: PoolSnapshot) -> tuple[ObjectKey, ...]:
    """Children of groups that the spec no longer has. The autoscaler goes first, or it would act on its dying target;
    the pods then get SIGTERM and finish what they run."""
    view = snapshot.view
    if view.spec is None:
        return ()
    wanted = {child_name(view.key.name, group.name) for group in view.spec.workers}
    removed = [child for child in view.children if is_ours(child, view) and child["metadata"]["name"] not in wanted]
    return tuple(_autoscalers_first(removed))


def _autoscalers_first(children: Iterable[Manifest]) -> list[ObjectKey]:
    keys = [ObjectKey(child["kind"], child["metadata"]["name"]) for child in children]
    return sorted(keys, key=lambda key: DELETION_ORDER.index(key.kind))
