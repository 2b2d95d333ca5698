"""The status of a pool, and whether it is worth writing."""

from collections.abc import Sequence, Set
from datetime import UTC, datetime
from typing import Any

from revrx_operator.model import Manifest, PoolSnapshot
from revrx_operator.plan.conditions import Condition, stamp
from revrx_operator.plan.conditions.broker_reachable import broker_reachable
from revrx_operator.plan.conditions.drained import drained
from revrx_operator.plan.conditions.flower_ready import flower_ready
from revrx_operator.plan.conditions.memory_above_target import memory_above_target
from revrx_operator.plan.conditions.progressing import progressing
from revrx_operator.plan.conditions.queue_shared import queue_shared
from revrx_operator.plan.conditions.ready import ready
from revrx_operator.plan.conditions.scaling_active import scaling_active
from revrx_operator.plan.demand import Work, work_of
from revrx_operator.plan.flower import FlowerPlan
from revrx_operator.plan.groups import GroupPlan

NUMBERS_EVERY_SECONDS = 15.0
MOVING = frozenset({"waiting", "running", "busyReplicas", "oldestEnqueuedAt", "reason", "message"})
"""Fields that move with every task; they alone do not make a status worth writing at once."""


def build_status(snapshot: PoolSnapshot, groups: Sequence[GroupPlan], flower: FlowerPlan) -> Manifest:
    """The whole status, as it should stand now."""
    now, view = _timestamp(snapshot.now), snapshot.view
    entries = [_group_status(plan, _written_group(view.pool, plan.group.name), now) for plan in groups]
    return {
        "observedGeneration": view.pool["metadata"].get("generation", 0),
        "conditions": [stamp(condition, view, now) for condition in _conditions(snapshot, groups, flower)],
        **{field: sum(entry[field] for entry in entries) for field in TOTALS},
        **_oldest(entries),
        "reason": ", ".join(sorted({entry["reason"] for entry in entries})),
        "groups": entries,
    }


TOTALS = ("replicas", "readyReplicas", "desiredReplicas", "waiting", "running")
WORK = ("busyReplicas", "waiting", "running", "oldestEnqueuedAt")
"""What a reading of Redis and its workers says about a group."""


def _conditions(snapshot: PoolSnapshot, groups: Sequence[GroupPlan], flower: FlowerPlan) -> tuple[Condition, ...]:
    view, state = snapshot.view, snapshot.reading.state
    of_flower = flower_ready(snapshot, flower)
    return (
        ready(snapshot, groups),
        broker_reachable(view, state),
        scaling_active(view.spec, state),
        progressing(groups),
        memory_above_target(groups),
        *([of_flower] if of_flower else []),
        *drained(view, groups),
        queue_shared(snapshot),
    )


def _oldest(entries: Sequence[Manifest]) -> Manifest:
    """The field ``oldestEnqueuedAt`` of a pool, which is not there where no group has it."""
    times = [entry["oldestEnqueuedAt"] for entry in entries if "oldestEnqueuedAt" in entry]
    return {"oldestEnqueuedAt": min(times)} if times else {}


def _group_status(plan: GroupPlan, written: Manifest, now: str) -> dict[str, Any]:
    workload = plan.workload
    status: dict[str, Any] = {
        "name": plan.group.name,
        "replicas": workload.existing if workload else 0,
        "readyReplicas": workload.ready if workload else 0,
        "desiredReplicas": plan.decision.replicas,
        **(_work(work_of(plan.reading, plan.group.concurrency)) if plan.reading else _written_work(written)),
        "reason": plan.decision.reason.code,
        "message": plan.decision.reason.message,
    }
    scaled_at = now if plan.scale else written.get("lastScaleTime")
    return status | ({"lastScaleTime": scaled_at} if scaled_at else {})


def _work(work: Work) -> Manifest:
    oldest = work.oldest_enqueued_at
    return {
        "busyReplicas": work.busy,
        "waiting": work.waiting,
        "running": work.running,
        **({} if oldest is None else {"oldestEnqueuedAt": _timestamp(oldest)}),
    }


def _written_work(written: Manifest) -> Manifest:
    """What was true when Redis last answered."""
    return {"waiting": 0, "running": 0} | {name: written[name] for name in WORK if name in written}


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def scaled_at(pool: Manifest, group: str) -> float | None:
    """When the replicas of a group were last changed, in seconds since the epoch; None where they never were."""
    written = _written_group(pool, group).get("lastScaleTime")
    return datetime.fromisoformat(written).timestamp() if written else None


def _written_group(pool: Manifest, name: str) -> Manifest:
    groups = pool.get("status", {}).get("groups", [])
    return next((group for group in groups if group["name"] == name), {})


def worth_writing(status: Manifest, written: Manifest, seconds_since_numbers: float) -> bool:
    """At once when a condition, a decision or a replica count changed; now and then while only numbers move."""
    if _settled(status) != _settled(written):
        return True
    return status != written and seconds_since_numbers >= NUMBERS_EVERY_SECONDS


def _settled(status: Manifest) -> Manifest:
    """Conditions, decisions and replica counts: the status without what moves all the time."""
    return {
        **_without(status, MOVING),
        "conditions": [_without(condition, {"message"}) for condition in status.get("conditions", [])],
        "groups": [_without(group, MOVING) for group in status.get("groups", [])],
    }


def _without(fields: Manifest, names: Set[str]) -> Manifest:
    return {name: value for name, value in fields.items() if name not in names}
