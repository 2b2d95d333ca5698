"""The targets: each says how many replicas one signal asks for, and why. The highest wins."""

from dataclasses import dataclass
from math import ceil

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.model import CpuUsage, GroupSnapshot, QueueLoad, Reason


@dataclass(frozen=True, slots=True)
class Target:
    """Replicas that one signal asks for."""

    replicas: int
    reason: Reason


def demand_targets(load: QueueLoad, group: WorkerGroup) -> tuple[Target, ...]:
    """Every target that what Redis holds gives rise to; a further signal is a further line here."""
    return (_idle(), _depth(load, group), _occupied(load, group), _held(load))


def _idle() -> Target:
    return Target(0, Reason("Idle", "nothing waits and nothing runs"))


def _depth(load: QueueLoad, group: WorkerGroup) -> Target:
    per_replica = group.scaling.tasks_per_replica
    replicas = ceil((load.waiting + load.running) / per_replica)
    text = f"{load.waiting} waiting and {load.running} running tasks at {per_replica} a replica ask for {replicas}"
    return Target(replicas, Reason("QueueDepth", text))


def _occupied(load: QueueLoad, group: WorkerGroup) -> Target:
    replicas = ceil(load.running / group.concurrency)
    text = f"{load.running} running tasks occupy {replicas} replicas of {group.concurrency} slots"
    return Target(replicas, Reason("Occupied", text))


def _held(load: QueueLoad) -> Target:
    """One replica as long as Redis holds a message for any worker.

    Only a running worker gives back what a dead one held, and only a running worker fires an eta task
    (kombu 5.7.0, transport/redis.py: restore happens in consumers).
    """
    if load.unacked is None:
        return Target(1, Reason("HeldMessages", "too many unacknowledged messages to tell that none is left"))
    replicas = min(load.unacked, 1)
    return Target(replicas, Reason("HeldMessages", f"{load.unacked} messages are with a worker and not acknowledged"))


def cpu_floor(cpu: CpuUsage | None, current: int, target_percent: int) -> int:
    """Replicas below which the CPU used now would exceed the target; 0 where the HPA has no usable figure.

    An idle worker uses some CPU too: a floor of one replica would forbid scaling to zero, so it counts as none.
    """
    if cpu is None or cpu.replicas != current:
        return 0
    floor = ceil(cpu.percent * current / target_percent)
    return floor if floor > 1 else 0


def winner(targets: tuple[Target, ...]) -> Target:
    """The highest target; of equals the first."""
    return max(targets, key=lambda target: target.replicas)


def runs_something(snapshot: GroupSnapshot) -> bool:
    """Whether any worker may hold a task; unknown counts as yes."""
    load = snapshot.reading.queues if snapshot.reading else None
    return load is None or load.unacked is None or load.unacked > 0
