"""From what the controller knows to a summary. What Redis does not say now is left out, not remembered."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.controller import PoolState
from revrx_operator.explain.summary import GroupSummary, Summary
from revrx_operator.model import GroupReading
from revrx_operator.plan.demand import busy_workers, running_tasks
from revrx_operator.plan.windows import bounds_at


def summarize(states: Iterable[PoolState], now: datetime) -> Summary:
    """Every group of these pools whose spec can be read."""
    return Summary(at=now, groups=tuple(group for state in states for group in _groups(state)))


def _groups(state: PoolState) -> Iterator[GroupSummary]:
    view = state.snapshot.view
    return (_group(state, group) for group in (view.spec.workers if view.spec else ()))


def _group(state: PoolState, group: WorkerGroup) -> GroupSummary:
    key, workload = state.snapshot.view.key, state.workloads.get(group.name)
    summary = GroupSummary(
        namespace=key.namespace,
        pool=key.name,
        group=group.name,
        replicas=workload.existing if workload else 0,
        ready_replicas=workload.ready if workload else 0,
        max_replicas=bounds_at(group.scaling, state.snapshot.now).ceiling.replicas,
    )
    return summary.model_copy(update={**_demand(state, group), **_decision(state, group.name)})


def _demand(state: PoolState, group: WorkerGroup) -> dict[str, object]:
    reading: GroupReading | None = state.snapshot.reading.groups.get(group.name)
    if reading is None:
        return {}
    oldest = reading.queues.oldest_enqueued_at
    return {
        "waiting": reading.queues.waiting,
        "running": running_tasks(reading),
        "oldest_enqueued_at": None if oldest is None else datetime.fromtimestamp(oldest, UTC),
        "busy_replicas": busy_workers(reading, group.concurrency),
    }


def _decision(state: PoolState, group: str) -> dict[str, object]:
    """Of the last run, in its words, as the status has them."""
    told = state.history.get(group)
    if told is None:
        return {}
    return {"desired_replicas": told.replicas, "reason": told.reason.code, "message": told.reason.message}
