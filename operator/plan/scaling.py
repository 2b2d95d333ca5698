"""How many replicas a worker group should have now."""

from typing import Literal

from revrx_operator.api.spec import Scaling, WorkerGroup
from revrx_operator.model import Decision, GroupSnapshot, Reason, ScalingMemory, Workload
from revrx_operator.plan.stabilisation import highest_wanted, may_lower, remember_wanted
from revrx_operator.plan.targets import Target, cpu_floor, targets_of, winner
from revrx_operator.plan.windows import Bound, Bounds, bounds_at


def decide(snapshot: GroupSnapshot, group: WorkerGroup, memory: ScalingMemory) -> Decision:
    """The goal for this moment: up at once; down only after the window and at its pace.

    A rise is carried out as it is. A fall takes time: workers are chosen, drained and counted off, and whoever counts
    them off adds them to the memory (``stabilisation.lowered``).

    Args:
        snapshot: what is, with the time in it.
        group: the desired state of the worker group.
        memory: what the decision before this one returned.
    """
    scaling, workload = group.scaling, snapshot.workload
    bounds = bounds_at(scaling, snapshot.now)
    ceiling = bounds.ceiling.replicas
    if snapshot.reading is None:
        return _without_broker(snapshot, scaling, bounds, memory)
    target = bounded(winner(targets_of(snapshot, snapshot.reading, group)), bounds)
    if workload is not None:
        wanted = max(target.replicas, min(cpu_floor(workload, scaling.cpu_utilization), ceiling))
        seconds = scaling.scale_down.stabilization_seconds
        memory = remember_wanted(memory, snapshot.now, wanted, workload.replicas, seconds)
        if target.replicas < workload.replicas:
            pace = may_lower(memory, snapshot.now, scaling.scale_down.max_replicas_per_minute)
            target = _lower(workload, scaling, target, min(highest_wanted(memory), ceiling), pace)
    return Decision(target.replicas, target.reason, memory, ceiling)


def bounded(target: Target, bounds: Bounds) -> Target:
    """The target within the bounds; a bound that holds is the reason then."""
    if target.replicas < bounds.floor.replicas:
        return _at_bound("min", bounds.floor, target)
    if target.replicas > bounds.ceiling.replicas:
        return _at_bound("max", bounds.ceiling, target)
    return target


def _at_bound(side: Literal["min", "max"], bound: Bound, target: Target) -> Target:
    replicas, window = bound
    if window is None:
        code = "MinReplicas" if side == "min" else "MaxReplicas"
        return Target(replicas, code, lambda: f"{side}Replicas is {replicas}; {target.sentence()}")
    hours = f"from {window.start} to {window.end} {window.time_zone}"
    limit = "at least" if side == "min" else "at most"
    return Target(replicas, "Window", lambda: f"{hours} {limit} {replicas}; {target.sentence()}")


def _without_broker(snapshot: GroupSnapshot, scaling: Scaling, bounds: Bounds, memory: ScalingMemory) -> Decision:
    """What cannot be seen is never taken away."""
    current = snapshot.workload.replicas if snapshot.workload else 0
    failure = scaling.broker_failure
    fallback = failure.replicas or 0 if snapshot.broker.failures >= failure.after_failures else 0
    replicas = max(current, bounds.floor.replicas, min(fallback, bounds.ceiling.replicas))
    text = f"Redis cannot be read, {replicas} replicas are held: {snapshot.broker.message}"
    return Decision(replicas, Reason("BrokerUnreachable", text), memory, bounds.ceiling.replicas)


def _lower(workload: Workload, scaling: Scaling, target: Target, stable: int, pace: int) -> Target:
    """How far towards a lower target the group may go now, and what holds it where it may not.

    ``stable`` is the highest demand of the window, the target among it; ``pace`` how many may go now.
    """
    current = workload.replicas
    lowest = max(stable, current - pace)
    if stable >= current:
        return _held_by_demand(workload, scaling, target, stable)
    if lowest >= current:
        per_minute = scaling.scale_down.max_replicas_per_minute
        return Target(
            current, "ScaleDownPace", lambda: f"{per_minute} replicas went within a minute; {target.sentence()}"
        )
    if workload.rolling:
        return Target(
            current,
            "RollingOut",
            lambda: f"{lowest} replicas would do; {current} stay until the rollout is through",
        )
    return target._replace(replicas=lowest)


def _held_by_demand(workload: Workload, scaling: Scaling, target: Target, stable: int) -> Target:
    current, floor = workload.replicas, cpu_floor(workload, scaling.cpu_utilization)
    if floor >= current:
        return Target(
            current, "CpuUtilization", lambda: f"{floor} replicas keep the CPU at its target; {target.sentence()}"
        )
    seconds = scaling.scale_down.stabilization_seconds
    return Target(
        current, "Stabilizing", lambda: f"{stable} were wanted within the last {seconds} s; {target.sentence()}"
    )
