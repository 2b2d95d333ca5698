from prometheus_client import CollectorRegistry

from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import GroupReading, PoolKey, QueueLoad, WorkerBeat
from revrx_operator.observe.poller import Tick
from revrx_operator.pool_metrics import GAUGES, PoolMetrics
from revrx_operator.state import PoolState
from tests.unit.explain.builders import pool_state
from tests.unit.plan.builders import NOW, pool_spec, worker_group

LABELS = {"namespace": "revrx", "pool": "revrx-celery", "group": "worker"}
BUSY = GroupReading(
    QueueLoad(waiting=147, unacked=18, eta=2, oldest_enqueued_at=NOW - 12.5),
    {"worker-a": WorkerBeat(NOW - 1, 4), "worker-b": WorkerBeat(NOW - 1, 0)},
    service_seconds=1.25,
)


def scraped(*states: PoolState) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(PoolMetrics(states))
    return registry


def test_every_gauge_of_a_group_has_the_present_number() -> None:
    registry = scraped(pool_state(BUSY, replicas=6, ready=4))

    assert {name.removeprefix("revrx_"): registry.get_sample_value(name, LABELS) for name in GAUGES} == {
        "waiting_tasks": 147,
        "running_tasks": 16,
        "oldest_wait_seconds": 12.5,
        "service_seconds": 1.25,
        "desired_replicas": 10,
        "replicas": 6,
        "ready_replicas": 4,
        "busy_replicas": 1,
        "max_replicas": 10,
        "tasks_per_replica": 8,
        "max_wait_seconds": None,
    }


def test_a_ceiling_that_a_window_lowers_and_a_longest_wait_are_told() -> None:
    always = {"start": "0 0 * * *", "end": "59 23 31 12 *", "timeZone": "UTC", "maxReplicas": 4}
    spec = pool_spec(worker_group(scaling={"maxWaitSeconds": 90, "windows": [always]}))
    registry = scraped(pool_state(BUSY, spec=spec))

    assert registry.get_sample_value("revrx_max_replicas", LABELS) == 4
    assert registry.get_sample_value("revrx_max_wait_seconds", LABELS) == 90


def test_the_reason_is_a_label_and_decisions_are_counted_by_it() -> None:
    first = pool_state(GroupReading())
    registry = scraped(pool_state(BUSY, memory=first.memory, history=first.history))

    assert registry.get_sample_value("revrx_desired_reason", {**LABELS, "reason": "MaxReplicas"}) == 1
    assert registry.get_sample_value("revrx_desired_reason", {**LABELS, "reason": "MinReplicas"}) is None
    for reason in ("MinReplicas", "MaxReplicas"):
        assert registry.get_sample_value("revrx_decisions_total", {**LABELS, "reason": reason}) == 1


def test_a_redis_that_is_away_is_a_gap_and_not_an_empty_queue() -> None:
    registry = scraped(pool_state(failures=3))

    assert registry.get_sample_value("revrx_waiting_tasks", LABELS) is None
    assert registry.get_sample_value("revrx_desired_replicas", LABELS) == 2
    pool = {"namespace": "revrx", "pool": "revrx-celery"}
    assert registry.get_sample_value("revrx_broker_reachable", pool) == 0


def test_a_service_time_that_is_not_known_yet_has_no_series() -> None:
    assert scraped(pool_state(GroupReading())).get_sample_value("revrx_service_seconds", LABELS) is None


def test_the_series_of_a_pool_go_with_the_pool() -> None:
    mine, other = pool_state(BUSY), pool_state(BUSY, key=PoolKey("revrx", "other"))

    assert pools_of(scraped(mine, other)) == {"revrx-celery", "other"}
    assert pools_of(scraped(mine)) == {"revrx-celery"}
    assert pools_of(scraped()) == set()


def pools_of(registry: CollectorRegistry) -> set[str]:
    return {sample.labels["pool"] for family in registry.collect() for sample in family.samples}


def test_every_cause_of_a_failed_run_has_a_series_before_the_first_one() -> None:
    registry = OperatorMetrics().registry

    for cause in ("conflict", "api", "defect"):
        assert registry.get_sample_value("revrx_reconcile_errors_total", {"cause": cause}) == 0


def test_ticks_and_requests_are_counted() -> None:
    metrics = OperatorMetrics()
    metrics.ticked(Tick("redis:6379", lateness_seconds=0.004, round_trips=2))
    metrics.ticked(Tick("redis:6379", lateness_seconds=0.02, round_trips=1))
    metrics.requested("PATCH", "deployments", 200)

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(name, labels)

    assert value("revrx_broker_round_trips_total", redis="redis:6379") == 3
    assert value("revrx_tick_lateness_seconds_count") == 2
    assert value("revrx_tick_lateness_seconds_bucket", le="0.005") == 1
    assert value("revrx_api_requests_total", method="PATCH", kind="deployments", code="200") == 1
