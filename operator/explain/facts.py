"""From what the controller knows of a pool to its explanation, by the plan's own functions: it cannot say otherwise."""

from collections.abc import Iterable
from datetime import UTC, datetime

from revrx_operator.api.spec import PoolSpec, WorkerGroup
from revrx_operator.explain import report
from revrx_operator.history import GroupHistory, PastDecision
from revrx_operator.model import (
    BrokerAddress,
    BrokerReading,
    Decision,
    GroupReading,
    GroupSnapshot,
    Pod,
    Reason,
    ScalingMemory,
    Workload,
)
from revrx_operator.observe.broker_faults import endpoint_of
from revrx_operator.plan.demand import demand_of, running_tasks, work_of
from revrx_operator.plan.groups import decide_group
from revrx_operator.plan.scaling import bounded
from revrx_operator.plan.stabilisation import highest_wanted, may_lower
from revrx_operator.plan.targets import Target, targets_of, winner
from revrx_operator.plan.windows import Bound, bounds_at
from revrx_operator.state import GroupState, PoolState


def explain(state: PoolState) -> report.Explanation:
    """Everything that there is to say about a pool now."""
    snapshot = state.snapshot
    view, spec = snapshot.view, snapshot.view.spec
    return report.Explanation(
        namespace=view.key.namespace,
        pool=view.key.name,
        at=_moment(snapshot.now),
        paused=spec is not None and spec.paused,
        drained=spec is not None and spec.drained,
        broker=_broker(view.broker, snapshot.reading) if view.broker else None,
        conditions=tuple(_condition(entry) for entry in view.pool.get("status", {}).get("conditions", ())),
        groups=tuple(_group(state, spec, group) for group in state.groups()) if spec else (),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _condition(entry: dict[str, str]) -> report.ConditionLine:
    return report.ConditionLine(
        type=entry["type"], status=entry["status"], reason=entry["reason"], message=entry["message"]
    )


def _broker(address: BrokerAddress, reading: BrokerReading) -> report.Broker:
    state = reading.state
    return report.Broker(
        where=endpoint_of(address).where, reachable=state.reachable, failures=state.failures, message=state.message
    )


def _group(state: PoolState, spec: PoolSpec, known: GroupState) -> report.Group:
    whole, group, workload, reading = state.snapshot, known.spec, known.workload, known.reading
    pods = whole.view.pods.get(group.name)
    snapshot = GroupSnapshot(whole.now, whole.reading.state, workload, reading, pods)
    memory = state.memory.scaling.get(group.name, ScalingMemory())
    goal = decide_group(whole, spec, group, workload, memory)
    bounds = bounds_at(group.scaling, whole.now)
    targets = targets_of(snapshot, reading, group) if reading else ()
    return report.Group(
        name=group.name,
        queues=tuple(group.queues),
        replicas=_replicas(workload) if workload else None,
        inputs=_inputs(snapshot, reading, group) if reading else None,
        cpu=_usage(workload.cpu.percent if workload and workload.cpu else None, group.scaling.cpu_utilization),
        memory=_usage(workload.memory_percent if workload else None, group.scaling.memory_utilization),
        targets=_targets(targets),
        floor=_limit(bounds.floor, "minReplicas"),
        ceiling=_limit(bounds.ceiling, "maxReplicas"),
        pace=_pace(goal.memory, whole.now, group) if goal.memory.wanted else None,
        retiring=_retiring(pods or (), whole.now),
        goal=_verdict(goal.replicas, goal.reason),
        held=_held(goal, bounded(winner(targets), bounds) if targets else None, known.history),
        decisions=tuple(_past(past) for past in known.history.past) if known.history else (),
    )


def _replicas(workload: Workload) -> report.Replicas:
    return report.Replicas(
        asked=workload.replicas, existing=workload.existing, ready=workload.ready, rolling=workload.rolling
    )


def _usage(percent: int | None, target: int) -> report.Usage:
    return report.Usage(percent=percent, target=target)


def _inputs(snapshot: GroupSnapshot, reading: GroupReading, group: WorkerGroup) -> report.Inputs:
    demand, work = demand_of(snapshot, reading, group.concurrency), work_of(reading, group.concurrency)
    queues = reading.queues
    return report.Inputs(
        waiting=work.waiting,
        running=work.running,
        running_that_stays=demand.running,
        unacked=queues.unacked,
        eta=queues.eta,
        workers_heard=len(reading.workers),
        oldest_wait=_seconds_since(work.oldest_enqueued_at, snapshot.now),
        max_wait=group.scaling.max_wait_seconds,
        service=reading.service_seconds,
        slots_in_use=demand.slots,
        slots=group.concurrency * (snapshot.workload.ready if snapshot.workload else 0),
        busy=work.busy,
        throttled_ago=_seconds_since(reading.throttled_at, snapshot.now),
    )


def _seconds_since(moment: float | None, now: float) -> float | None:
    return None if moment is None else max(0.0, now - moment)


def _targets(targets: tuple[Target, ...]) -> tuple[report.Target, ...]:
    """The highest first. What is idle is no answer where another target asks for something."""
    if not targets:
        return ()
    best = winner(targets)
    ranked = sorted(targets, key=lambda target: (target is not best, -target.replicas))
    return tuple(
        report.Target(
            replicas=target.replicas,
            reason=target.reason.code,
            message=target.reason.message,
            wins=target is best,
        )
        for target in ranked
        if target is best or target.reason.code != "Idle"
    )


def _limit(bound: Bound, field: str) -> report.Limit:
    window = bound.window
    said_by = field if window is None else f"the window from {window.start} to {window.end} {window.time_zone}"
    return report.Limit(replicas=bound.replicas, said_by=said_by)


def _pace(memory: ScalingMemory, now: float, group: WorkerGroup) -> report.Pace:
    scale_down = group.scaling.scale_down
    return report.Pace(
        highest_wanted=highest_wanted(memory),
        within=scale_down.stabilization_seconds,
        gone=scale_down.max_replicas_per_minute - may_lower(memory, now, scale_down.max_replicas_per_minute),
        per_minute=scale_down.max_replicas_per_minute,
    )


def _retiring(pods: Iterable[Pod], now: float) -> tuple[report.Retiring, ...]:
    return tuple(
        report.Retiring(pod=pod.name, since=max(0.0, now - pod.retiring_since), holds=pod.answer)
        for pod in pods
        if pod.retiring_since is not None
    )


def _verdict(replicas: int, reason: Reason) -> report.Verdict:
    return report.Verdict(replicas=replicas, reason=reason.code, message=reason.message)


def _held(goal: Decision, wanted: Target | None, told: GroupHistory | None) -> tuple[report.Why, ...]:
    """The goal's reason where it is not the winner's, and what the last run added: workers have to finish first."""
    reasons = []
    if wanted is not None and goal.reason.code != wanted.reason.code:
        reasons.append(goal.reason)
    if told is not None and told.replicas == goal.replicas and told.reason.code != goal.reason.code:
        reasons.append(told.reason)
    return tuple(report.Why(reason=reason.code, message=reason.message) for reason in reasons)


def _past(past: PastDecision) -> report.Past:
    reading = past.reading
    queues = reading.queues if reading else None
    return report.Past(
        at=_moment(past.at),
        previous=past.previous,
        replicas=past.replicas,
        reason=past.reason.code,
        message=past.reason.message,
        waiting=queues.waiting if queues else None,
        running=running_tasks(reading) if reading else None,
        oldest_wait=_seconds_since(queues.oldest_enqueued_at, past.at) if queues else None,
        service=reading.service_seconds if reading else None,
    )
