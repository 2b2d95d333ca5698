"""The targets: each says how many replicas one signal asks for, and why. The highest wins."""

from collections.abc import Callable
from math import ceil
from typing import NamedTuple

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.model import GroupReading, GroupSnapshot, Reason, Workload
from revrx_operator.plan.demand import Demand, demand_of

THROTTLED_SECONDS = 30.0
"""So long after an API answered 429 nothing that waits starts more workers."""


class Target(NamedTuple):
    """Replicas that one signal asks for."""

    replicas: int
    code: str
    sentence: Callable[[], str]
    """Made only for the winner: a decision is made twice a second for each of a thousand groups."""

    @property
    def reason(self) -> Reason:
        """Why it asks for them."""
        return Reason(self.code, self.sentence())


def targets_of(snapshot: GroupSnapshot, reading: GroupReading, group: WorkerGroup) -> tuple[Target, ...]:
    """Every target of what Redis and the workers say; a further signal is a further line here."""
    demand = demand_of(snapshot, reading, group.concurrency)
    current = snapshot.workload.replicas if snapshot.workload else 0
    waiting = (_depth(demand, group), _latency(demand, group, reading.service_seconds))
    return (
        _idle(),
        *_unless_throttled(waiting, snapshot.now, reading.throttled_at, max(current, 1)),
        _occupied(demand, group),
        _held(demand, current),
    )


def winner(targets: tuple[Target, ...]) -> Target:
    """The highest target; of equals the first."""
    return max(targets, key=lambda target: target.replicas)


def _idle() -> Target:
    return Target(0, "Idle", lambda: "nothing waits and nothing runs")


def _depth(demand: Demand, group: WorkerGroup) -> Target:
    per_replica = group.scaling.tasks_per_replica
    replicas = ceil((demand.waiting + demand.running) / per_replica)
    return Target(
        replicas,
        "QueueDepth",
        lambda: (
            f"{demand.waiting} waiting and {demand.running} running tasks at {per_replica} a replica ask for {replicas}"
        ),
    )


def _latency(demand: Demand, group: WorkerGroup, service: float | None) -> Target:
    """So many replicas that everything that waits has started before the oldest task has waited too long.

    The slots have to work off what waits, and on average the second half of what runs, in the time that the oldest
    task has left. Less than one service time is never left: then every task gets a slot of its own, and more would
    not help. While nobody knows how long a task takes, nothing is asked for in the first half of the wait; then the
    worst is assumed, a task that takes as long as it may wait.
    """
    limit = group.scaling.max_wait_seconds
    if limit is None:
        return Target(0, "MaxWait", lambda: "maxWaitSeconds is not set")
    if not demand.waiting:
        return Target(0, "MaxWait", lambda: "nothing waits")
    if not service and demand.oldest_seconds < limit / 2:
        return Target(0, "MaxWait", lambda: "how long a task takes is not known yet")
    seconds = service or limit
    share = seconds / max(limit - demand.oldest_seconds, seconds)
    replicas = ceil((demand.waiting + demand.running / 2) * share / group.concurrency)
    return Target(
        replicas,
        "MaxWait",
        lambda: (
            f"{demand.waiting} tasks wait, the oldest for {demand.oldest_seconds:.0f} of at most {limit} s; at "
            f"{seconds:.3g} s a task they ask for {replicas}"
        ),
    )


def _unless_throttled(
    targets: tuple[Target, ...], now: float, throttled_at: float | None, most: int
) -> tuple[Target, ...]:
    """More workers would meet more 429s: what waits raises nothing while the API asks for patience."""
    if throttled_at is None or now - throttled_at >= THROTTLED_SECONDS:
        return targets
    return tuple(target if target.replicas <= most else _throttled(target, most) for target in targets)


def _throttled(target: Target, most: int) -> Target:
    return Target(
        most, "Throttled", lambda: f"an API answers 429, {most} replicas are enough for it; {target.sentence()}"
    )


def _occupied(demand: Demand, group: WorkerGroup) -> Target:
    replicas = ceil(demand.slots / group.concurrency)
    return Target(
        replicas, "Occupied", lambda: f"{demand.slots} slots in use occupy {replicas} replicas of {group.concurrency}"
    )


def _held(demand: Demand, current: int) -> Target:
    """One replica as long as Redis holds a message for any worker.

    Only a running worker gives back what a dead one held, and only a running worker fires an eta task
    (kombu 5.7.0, transport/redis.py: restore happens in consumers). Where neither Redis nor a worker tells what
    runs, all that is there stays.
    """
    if demand.unacked is None:
        replicas = 1 if demand.heard else max(current, 1)
        return Target(replicas, "HeldMessages", lambda: "too many unacknowledged messages to tell that none is left")
    return Target(
        min(demand.unacked, 1),
        "HeldMessages",
        lambda: f"{demand.unacked} messages are with a worker and not acknowledged",
    )


def cpu_floor(workload: Workload | None, target_percent: int) -> int:
    """Replicas below which the CPU used now would exceed the target; 0 where the HPA has no usable figure.

    An idle worker uses some CPU too: a floor of one replica would forbid scaling to zero, so it counts as none.
    """
    if workload is None or workload.cpu is None or workload.cpu.replicas != workload.replicas:
        return 0
    floor = ceil(workload.cpu.percent * workload.replicas / target_percent)
    return floor if floor > 1 else 0
