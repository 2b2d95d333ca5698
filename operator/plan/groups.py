"""One worker group of a plan: its children to apply, its replicas, and what there is to say about it."""

from dataclasses import dataclass, replace

from revrx_operator.api.spec import PoolSpec, WorkerGroup
from revrx_operator.model import (
    ClusterView,
    Decision,
    GroupReading,
    GroupSnapshot,
    Handover,
    Manifest,
    PoolMemory,
    PoolSnapshot,
    Reason,
    RetirementMemory,
    Scale,
    ScalingMemory,
    Workload,
)
from revrx_operator.plan.children import name_conflict, secrets_digest, workload_named
from revrx_operator.plan.retirement import Retirement, retire
from revrx_operator.plan.scaling import decide
from revrx_operator.plan.stabilisation import lowered
from revrx_operator.plan.suspension import may_raise
from revrx_operator.plan.windows import bounds_at
from revrx_operator.resources.deployment import build_deployment
from revrx_operator.resources.hpa import build_hpa
from revrx_operator.resources.names import child_name
from revrx_operator.resources.pdb import build_pdb

CHILD_KINDS = ("Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget")


UNTOUCHED = Retirement(replicas=0, memory=RetirementMemory(), cancelled={})


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What one run does to a worker group, and from what it came."""

    group: WorkerGroup
    workload: Workload | None
    reading: GroupReading | None
    goal: Decision
    """What the demand asks for."""
    decision: Decision
    """The same, with the reason why it is not reached yet where workers have to finish first."""
    conflict: str = ""
    """Names the object of somebody else that stands in the way; nothing is done then."""
    handover: Handover | None = None
    applies: tuple[Manifest, ...] = ()
    scale: Scale | None = None
    retirement: Retirement = UNTOUCHED


def plan_group(
    snapshot: PoolSnapshot, spec: PoolSpec, group: WorkerGroup, scaling: ScalingMemory, memory: PoolMemory
) -> GroupPlan:
    """The plan of one group of a pool whose spec is readable."""
    view = snapshot.view
    name = child_name(view.key.name, group.name)
    workload = workload_named(view, name)
    reading = snapshot.reading.groups.get(group.name)
    goal = decide_group(snapshot, spec, group, workload, scaling)
    if conflict := name_conflict(view, name, CHILD_KINDS):
        cure = "rename the pool or the group, or delete it"
        return GroupPlan(group, workload, reading, goal, goal, conflict=f"{conflict}; {cure}")
    if workload is None and view.faults:
        return GroupPlan(group, workload, reading, goal, goal)
    retirement = _retirement(snapshot, group, workload, goal, memory, drains=spec.drains(group.name))
    decision = _told(goal, retirement)
    scale = _scale(name, group, workload, decision, retirement)
    return GroupPlan(
        group,
        workload,
        reading,
        goal,
        _counted(decision, scale, snapshot.now),
        handover=Handover(name, workload.replicas) if workload and not workload.replicas_handed_over else None,
        applies=_objects(view, spec, group, workload, decision),
        scale=scale,
        retirement=retirement,
    )


def decide_group(
    snapshot: PoolSnapshot, spec: PoolSpec, group: WorkerGroup, workload: Workload | None, memory: ScalingMemory
) -> Decision:
    """The replicas that the group should have now: none where it is drained, those that it has while it is paused."""
    if spec.drains(group.name):
        return Decision(0, _drained(spec), memory, bounds_at(group.scaling, snapshot.now).ceiling.replicas)
    if spec.paused and workload:
        reason = Reason("Paused", "spec.paused holds the replicas where they are")
        return Decision(workload.replicas, reason, memory, bounds_at(group.scaling, snapshot.now).ceiling.replicas)
    return decide(group_snapshot(snapshot, group, workload), group, memory)


def _drained(spec: PoolSpec) -> Reason:
    field = "drained" if spec.drained else "drainedGroups"
    return Reason("Drained", f"spec.{field} lets workers finish what they run and starts none")


def group_snapshot(snapshot: PoolSnapshot, group: WorkerGroup, workload: Workload | None) -> GroupSnapshot:
    """What decides the replicas of one group of the pool."""
    state, reading = snapshot.reading.state, snapshot.reading.groups.get(group.name)
    return GroupSnapshot(snapshot.now, state, workload, reading, snapshot.view.pods.get(group.name))


def _retirement(
    snapshot: PoolSnapshot,
    group: WorkerGroup,
    workload: Workload | None,
    goal: Decision,
    memory: PoolMemory,
    *,
    drains: bool,
) -> Retirement:
    return retire(
        group_snapshot(snapshot, group, workload),
        goal.replicas,
        name=group.name,
        queues=tuple(group.queues),
        cancelled=memory.cancelled,
        memory=memory.retirement_of(group.name),
        drains=drains,
    )


def _told(goal: Decision, retirement: Retirement) -> Decision:
    """The goal, with the reason why replicas above it are still there."""
    if retirement.reason is None or retirement.replicas <= goal.replicas:
        return goal
    code, progress = retirement.reason.code, retirement.reason.message
    return replace(goal, reason=Reason(code, f"{progress}; {goal.reason.message}"))


def _objects(
    view: ClusterView, spec: PoolSpec, group: WorkerGroup, workload: Workload | None, decision: Decision
) -> tuple[Manifest, ...]:
    """A new Deployment carries its replicas; afterwards the field is the scaler's and the HPA's."""
    pool, name = view.pool, child_name(view.key.name, group.name)
    replicas = None if workload else decision.replicas
    current = workload.replicas if workload else decision.replicas
    drains = spec.drains(group.name)
    raises = not (spec.paused or drains) and may_raise(workload, decision.memory, group.scaling.memory_utilization)
    floor = 0 if drains else group.scaling.min_replicas
    return (
        build_deployment(pool, spec, group, replicas, secrets_digest(view.secrets, view, name)),
        build_hpa(pool, group, name, min_replicas=floor, max_replicas=max(decision.ceiling, current), may_raise=raises),
        build_pdb(pool, group),
    )


def _scale(
    name: str, group: WorkerGroup, workload: Workload | None, decision: Decision, retirement: Retirement
) -> Scale | None:
    """Up to the goal at once, down as far as workers are empty."""
    if workload is None:
        return None
    replicas = max(decision.replicas, retirement.replicas)
    if replicas == workload.replicas:
        return None
    return Scale(group.name, name, workload.replicas, replicas, decision.reason)


def _counted(decision: Decision, scale: Scale | None, now: float) -> Decision:
    """The decision, remembering the replicas that go by this very run."""
    if scale is None or scale.replicas >= scale.current:
        return decision
    return replace(decision, memory=lowered(decision.memory, now, scale.current - scale.replicas))
