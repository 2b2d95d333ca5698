"""From what the controller knows to a summary. What Redis does not say now is left out, not remembered."""

from collections.abc import Iterable
from datetime import UTC, datetime

from revrx_operator.explain.summary import GroupSummary, Summary
from revrx_operator.history import GroupHistory
from revrx_operator.plan.demand import Work
from revrx_operator.state import GroupState, PoolState


def summarize(states: Iterable[PoolState], now: datetime) -> Summary:
    """Every group of these pools whose spec can be read."""
    return Summary(at=now, groups=tuple(_group(group) for state in states for group in state.groups()))


def _group(group: GroupState) -> GroupSummary:
    workload, work = group.workload, group.work
    summary = GroupSummary(
        namespace=group.pool.namespace,
        pool=group.pool.name,
        group=group.spec.name,
        replicas=workload.existing if workload else 0,
        ready_replicas=workload.ready if workload else 0,
        max_replicas=group.ceiling,
    )
    return summary.model_copy(update={**(_work(work) if work else {}), **_decision(group.history)})


def _work(work: Work) -> dict[str, object]:
    oldest = work.oldest_enqueued_at
    return {
        "waiting": work.waiting,
        "running": work.running,
        "oldest_enqueued_at": None if oldest is None else datetime.fromtimestamp(oldest, UTC),
        "busy_replicas": work.busy,
    }


def _decision(told: GroupHistory | None) -> dict[str, object]:
    """Of the last run, in its words, as the status has them."""
    if told is None:
        return {}
    return {"desired_replicas": told.replicas, "reason": told.reason.code, "message": told.reason.message}
