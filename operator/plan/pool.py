"""The plan of a whole pool."""

from collections.abc import Iterable, Sequence

from revrx_operator.model import Manifest, ObjectKey, Plan, PoolMemory, PoolSnapshot, Reason, ScalingMemory
from revrx_operator.plan.children import is_ours
from revrx_operator.plan.events import events_of
from revrx_operator.plan.groups import GroupPlan, plan_group
from revrx_operator.plan.status import build_status, worth_writing
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
        scales=scales,
        deletes=_deletes(snapshot),
        status=status if write else None,
        events=events_of(scales, written, status, snapshot.now),
        decisions={group["name"]: _told(group) for group in status["groups"]},
        retry_after=FAULT_RETRY_SECONDS if snapshot.view.faults else None,
        memory=PoolMemory(
            scaling={plan.group.name: plan.decision.memory for plan in groups},
            decided={plan.group.name: outline(plan.decision) for plan in groups},
            reachable=snapshot.reading.state.reachable,
            status_written_at=snapshot.now if write else memory.status_written_at,
            numbers=numbers(snapshot.reading.groups) if write or status == written else memory.numbers,
        ),
    )


def _told(group: Manifest) -> tuple[int, Reason]:
    return group["desiredReplicas"], Reason(group["reason"], group["message"])


def _plan_groups(snapshot: PoolSnapshot, memory: PoolMemory) -> Sequence[GroupPlan]:
    spec = snapshot.view.spec
    if spec is None:
        return ()
    remembered = memory.scaling
    return [plan_group(snapshot, spec, group, remembered.get(group.name, ScalingMemory())) for group in spec.workers]


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
