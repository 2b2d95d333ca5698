"""How many replicas a worker group should have now."""

from revrx_operator.api.spec import Scaling, WorkerGroup
from revrx_operator.model import Decision, GroupSnapshot, Reason, ScalingMemory
from revrx_operator.plan.stabilisation import highest_wanted, may_lower, remember_lowered, remember_wanted
from revrx_operator.plan.targets import Target, cpu_floor, demand_targets, runs_something, winner


def decide(snapshot: GroupSnapshot, group: WorkerGroup, memory: ScalingMemory) -> Decision:
    """Replicas for this moment: up at once, down only after the window, at its pace, and never while a task runs.

    Args:
        snapshot: what is, with the time in it.
        group: the desired state of the worker group.
        memory: what the decision before this one returned.
    """
    scaling = group.scaling
    current = snapshot.workload.replicas if snapshot.workload else scaling.min_replicas
    if snapshot.reading is None:
        return _without_broker(snapshot, scaling, current, memory)
    target = _bounded(winner(demand_targets(snapshot.reading.queues, group)), scaling)
    floor = _cpu_floor(snapshot, scaling)
    seconds = scaling.scale_down.stabilization_seconds
    memory = remember_wanted(memory, snapshot.now, max(target.replicas, floor), current, seconds)
    if target.replicas >= current:
        return Decision(target.replicas, target.reason, memory)
    return _lower(snapshot, scaling, target, floor, memory)


def _cpu_floor(snapshot: GroupSnapshot, scaling: Scaling) -> int:
    if snapshot.workload is None:
        return 0
    floor = cpu_floor(snapshot.workload.cpu, snapshot.workload.replicas, scaling.cpu_utilization)
    return min(floor, scaling.max_replicas)


def _bounded(target: Target, scaling: Scaling) -> Target:
    if target.replicas < scaling.min_replicas:
        text = f"minReplicas is {scaling.min_replicas}; {target.reason.message}"
        return Target(scaling.min_replicas, Reason("MinReplicas", text))
    if target.replicas > scaling.max_replicas:
        text = f"maxReplicas is {scaling.max_replicas}; {target.reason.message}"
        return Target(scaling.max_replicas, Reason("MaxReplicas", text))
    return target


def _without_broker(snapshot: GroupSnapshot, scaling: Scaling, current: int, memory: ScalingMemory) -> Decision:
    """What cannot be seen is never taken away."""
    failure = scaling.broker_failure
    fallback = failure.replicas or 0 if snapshot.broker.failures >= failure.after_failures else 0
    replicas = max(current, scaling.min_replicas, min(fallback, scaling.max_replicas))
    text = f"Redis cannot be read, {replicas} replicas are held: {snapshot.broker.message}"
    return Decision(replicas, Reason("BrokerUnreachable", text), memory)


def _lower(snapshot: GroupSnapshot, scaling: Scaling, target: Target, floor: int, memory: ScalingMemory) -> Decision:
    current = snapshot.workload.replicas if snapshot.workload else scaling.min_replicas
    stable = min(highest_wanted(memory), scaling.max_replicas)
    pace = may_lower(memory, snapshot.now, scaling.scale_down.max_replicas_per_minute)
    lowest = max(target.replicas, stable, current - pace)
    if lowest >= current:
        return Decision(current, _held_by(current, target, stable, floor, scaling), memory)
    if blocked := _blocked(snapshot, current, lowest):
        return Decision(current, blocked, memory)
    return Decision(lowest, target.reason, remember_lowered(memory, snapshot.now, current - lowest))


def _held_by(current: int, target: Target, stable: int, floor: int, scaling: Scaling) -> Reason:
    if floor >= current:
        return Reason("CpuUtilization", f"{floor} replicas keep the CPU at its target; {target.reason.message}")
    if stable >= current:
        seconds = scaling.scale_down.stabilization_seconds
        return Reason("Stabilizing", f"{stable} were wanted within the last {seconds} s; {target.reason.message}")
    per_minute = scaling.scale_down.max_replicas_per_minute
    return Reason("ScaleDownPace", f"{per_minute} replicas went within a minute; {target.reason.message}")


def _blocked(snapshot: GroupSnapshot, current: int, lowest: int) -> Reason | None:
    """Why nothing may be taken away yet: which pod goes is Kubernetes' choice, so none goes while any may be busy."""
    if snapshot.workload and snapshot.workload.rolling:
        return Reason("RollingOut", f"{lowest} replicas would do; {current} stay until the rollout is through")
    if runs_something(snapshot):
        held = "some" if snapshot.reading is None else snapshot.reading.queues.unacked or "some"
        return Reason("TasksRunning", f"{lowest} replicas would do; {current} stay while workers hold {held} tasks")
    return None
