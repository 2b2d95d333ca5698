"""The series of each pool, made from what the controller knows when somebody asks: a tick costs nothing for them, and
the series of a pool go with the pool."""

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from revrx_operator.plan.demand import Work
from revrx_operator.state import GroupState, PoolState

GROUP_LABELS = ("namespace", "pool", "group")

Numbers = dict[str, float | None]

GAUGES = {
    "revrx_waiting_tasks": "Tasks in the group's queues.",
    "revrx_running_tasks": "Tasks that workers of the group hold and that are due.",
    "revrx_oldest_wait_seconds": "How long the oldest task that is due has waited; 0 where none waits.",
    "revrx_service_seconds": "Mean time that a task took lately; missing before enough have finished.",
    "revrx_desired_replicas": "Replicas that the last decision asks for.",
    "revrx_replicas": "Workers that exist.",
    "revrx_ready_replicas": "Workers that consume.",
    "revrx_busy_replicas": "Workers that run something.",
    "revrx_max_replicas": "The most replicas that may be asked for now, by maxReplicas and the windows.",
    "revrx_tasks_per_replica": "tasksPerReplica of the spec.",
    "revrx_max_wait_seconds": "maxWaitSeconds of the spec; missing where it is not set.",
}
"""What is not known has no series: a Redis that is away shows as a gap, not as an empty queue."""


class PoolMetrics(Collector):
    """The pools of one moment, for a scrape. Nothing here changes any more, so a thread may work it out."""

    def __init__(self, states: Iterable[PoolState]) -> None:
        self._states = tuple(states)

    def collect(self) -> Iterator[Metric]:
        """All families, those without any series included."""
        gauges = {name: GaugeMetricFamily(name, text, labels=GROUP_LABELS) for name, text in GAUGES.items()}
        reason = GaugeMetricFamily(
            "revrx_desired_reason", "1 for the reason of the last decision.", labels=(*GROUP_LABELS, "reason")
        )
        decisions = CounterMetricFamily(
            "revrx_decisions", "Decisions that were another one than the decision before.",
            labels=(*GROUP_LABELS, "reason"),
        )  # fmt: skip
        for group in (group for state in self._states for group in state.groups()):
            labels = (*group.pool, group.spec.name)
            for name, value in _numbers(group).items():
                if value is not None:
                    gauges[name].add_metric(labels, value)
            if group.history is not None:
                reason.add_metric((*labels, group.history.reason.code), 1)
                for code, times in group.history.times.items():
                    decisions.add_metric((*labels, code), times)
        yield from gauges.values()
        yield reason
        yield decisions
        yield self._reachable()

    def _reachable(self) -> Metric:
        family = GaugeMetricFamily(
            "revrx_broker_reachable", "1 where the pool's Redis answered the last time.", labels=("namespace", "pool")
        )
        for state in self._states:
            family.add_metric(state.snapshot.view.key, float(state.snapshot.reading.state.reachable))
        return family


def _numbers(group: GroupState) -> Numbers:
    work = group.work
    return {**(_work(work, group.now) if work else {}), **_service(group), **_replicas(group), **_limits(group)}


def _work(work: Work, now: float) -> Numbers:
    oldest = work.oldest_enqueued_at
    return {
        "revrx_waiting_tasks": work.waiting,
        "revrx_running_tasks": work.running,
        "revrx_oldest_wait_seconds": 0.0 if oldest is None else max(0.0, now - oldest),
        "revrx_busy_replicas": work.busy,
    }


def _service(group: GroupState) -> Numbers:
    return {"revrx_service_seconds": group.reading.service_seconds if group.reading else None}


def _replicas(group: GroupState) -> Numbers:
    return {
        "revrx_desired_replicas": group.history.replicas if group.history else None,
        "revrx_replicas": group.workload.existing if group.workload else 0,
        "revrx_ready_replicas": group.workload.ready if group.workload else 0,
    }


def _limits(group: GroupState) -> Numbers:
    """What alerts hold the other numbers against."""
    scaling = group.spec.scaling
    return {
        "revrx_max_replicas": group.ceiling,
        "revrx_tasks_per_replica": scaling.tasks_per_replica,
        "revrx_max_wait_seconds": scaling.max_wait_seconds,
    }
