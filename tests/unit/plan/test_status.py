import time
from collections.abc import Iterator
from typing import Any

import pytest

from revrx_operator.model import (
    BrokerReading,
    BrokerState,
    GroupReading,
    Manifest,
    PoolMemory,
    PoolSnapshot,
    QueueLoad,
    WorkerBeat,
)
from revrx_operator.plan.pool import plan_pool
from revrx_operator.plan.stabilisation import after_restart
from revrx_operator.plan.status import scaled_at, worth_writing
from tests.unit.plan.builders import NOW, child, pool_manifest, pool_snapshot, pool_spec, queue_load, worker_group

READY = {"type": "Ready", "status": "True", "reason": "MinimumReady", "message": "all is well"}
STATUS = {
    "waiting": 3,
    "desiredReplicas": 2,
    "reason": "QueueDepth",
    "conditions": [READY],
    "groups": [{"name": "worker", "desiredReplicas": 2, "waiting": 3, "busyReplicas": 1, "reason": "QueueDepth"}],
}


NOTHING = PoolMemory()
SECOND_RUN = PoolMemory(decided={"worker": (2, "MinReplicas", 10)})


def test_a_new_pool_gets_its_status_when_it_is_known_what_became_of_its_children() -> None:
    first = plan_pool(pool_snapshot(pool_spec()), NOTHING)

    assert (first.status, first.events, first.retry_after) == (None, (), 1.0)
    assert plan_pool(pool_snapshot(pool_spec()), first.memory).status is not None


def status_of(snapshot: PoolSnapshot, memory: PoolMemory = NOTHING) -> Manifest:
    status = plan_pool(snapshot, memory).status
    assert status is not None
    return status


def read(*readings: GroupReading, pool: dict[str, Any] | None = None) -> PoolSnapshot:
    """A pool of as many groups as there are readings."""
    names = ["worker", "urgent"][: len(readings)]
    groups = [worker_group(name=name, queues=[name]) for name in names]
    snapshot = pool_snapshot(pool_spec(*groups), *(child(name=f"revrx-celery-{name}") for name in names), pool=pool)
    state = BrokerState(reachable=True)
    return PoolSnapshot(NOW, snapshot.view, BrokerReading(state, dict(zip(names, readings, strict=True))))


def test_a_group_tells_what_waits_what_runs_and_who_is_busy() -> None:
    workers = {"a": WorkerBeat(NOW, 3), "b": WorkerBeat(NOW, 0), "c": WorkerBeat(NOW, 1)}
    (group,) = status_of(read(GroupReading(queue_load(waiting=7, unacked=4, oldest=90), workers)))["groups"]

    assert (group["waiting"], group["running"], group["busyReplicas"]) == (7, 4, 2)
    assert group["oldestEnqueuedAt"] == "2023-11-14T22:11:50Z"
    assert (group["replicas"], group["readyReplicas"], group["desiredReplicas"]) == (2, 2, 2)


def test_where_no_worker_tells_what_it_runs_the_busy_ones_are_reckoned_from_the_slots() -> None:
    (group,) = status_of(read(GroupReading(QueueLoad(unacked=5))))["groups"]

    assert group["busyReplicas"] == 2


def test_a_pool_tells_the_sums_of_its_groups_and_the_oldest_task_of_all() -> None:
    status = status_of(
        read(
            GroupReading(queue_load(waiting=7, unacked=4, oldest=30)),
            GroupReading(queue_load(waiting=1, unacked=2, oldest=60)),
        )
    )

    assert (status["waiting"], status["running"], status["replicas"]) == (8, 6, 4)
    assert (status["readyReplicas"], status["desiredReplicas"]) == (4, 4)
    assert status["oldestEnqueuedAt"] == "2023-11-14T22:12:20Z"
    assert status["reason"] == "MinReplicas, QueueDepth"


def test_where_nothing_waits_no_task_is_the_oldest() -> None:
    status = status_of(read(GroupReading(QueueLoad(unacked=4)), GroupReading()))

    assert "oldestEnqueuedAt" not in status
    assert all("oldestEnqueuedAt" not in group for group in status["groups"])


def test_while_redis_is_away_the_status_keeps_what_was_last_read() -> None:
    written = {
        "name": "worker",
        "waiting": 9,
        "running": 8,
        "busyReplicas": 2,
        "oldestEnqueuedAt": "2023-11-14T22:00:00Z",
    }
    pool = pool_manifest(status={"groups": [written]})

    status = status_of(pool_snapshot(pool_spec(), child(), pool=pool))

    assert written.items() <= status["groups"][0].items()
    assert (status["waiting"], status["oldestEnqueuedAt"]) == (9, "2023-11-14T22:00:00Z")


def test_before_redis_was_ever_read_nothing_waits_and_nobody_knows_who_is_busy() -> None:
    (group,) = status_of(pool_snapshot(pool_spec(), child()))["groups"]

    assert (group["waiting"], group["running"]) == (0, 0)
    assert "busyReplicas" not in group


def test_a_group_keeps_the_time_of_its_last_scaling() -> None:
    pool = pool_manifest(status={"groups": [{"name": "worker", "lastScaleTime": "2023-11-14T22:00:00Z"}]})

    (group,) = status_of(read(GroupReading(), pool=pool))["groups"]

    assert group["lastScaleTime"] == "2023-11-14T22:00:00Z"


def test_a_group_that_was_never_scaled_has_no_such_time() -> None:
    (group,) = status_of(read(GroupReading()))["groups"]

    assert "lastScaleTime" not in group
    assert scaled_at(pool_manifest(), "worker") is None


def test_the_status_says_which_generation_it_is_about() -> None:
    pool = pool_manifest()
    pool["metadata"]["generation"] = 7

    assert status_of(read(GroupReading(), pool=pool))["observedGeneration"] == 7
    del pool["metadata"]["generation"]
    assert status_of(read(GroupReading(), pool=pool))["observedGeneration"] == 0


def test_a_group_that_has_no_deployment_yet_has_no_replicas() -> None:
    (group,) = status_of(pool_snapshot(pool_spec()), SECOND_RUN)["groups"]

    assert (group["replicas"], group["readyReplicas"], group["desiredReplicas"]) == (0, 0, 2)


@pytest.fixture
def far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        yield
    time.tzset()


def test_times_are_those_of_greenwich_wherever_the_operator_runs(far_from_greenwich: None) -> None:
    (group,) = status_of(read(GroupReading(queue_load(waiting=1, oldest=0))))["groups"]

    assert group["oldestEnqueuedAt"] == "2023-11-14T22:13:20Z"
    assert (
        scaled_at(pool_manifest(status={"groups": [group | {"lastScaleTime": "2023-11-14T22:13:20Z"}]}), "worker")
        == NOW
    )


def changed(path: str, value: Any) -> dict[str, Any]:
    """The status with one field changed, in the pool, its group or its condition."""
    part, _, field = path.rpartition(".")
    if not part:
        return STATUS | {field: value}
    return STATUS | {part: [STATUS[part][0] | {field: value}]}  # type: ignore[index]


@pytest.mark.parametrize(
    "status",
    [
        changed("desiredReplicas", 3),
        changed("groups.desiredReplicas", 3),
        changed("groups.readyReplicas", 1),
        changed("conditions.status", "False"),
        changed("conditions.reason", "Refused"),
        changed("observedGeneration", 2),
    ],
)
def test_what_is_decided_or_turns_is_written_at_once(status: Manifest) -> None:
    assert worth_writing(status, STATUS, 0.0)


@pytest.mark.parametrize(
    "status",
    [
        changed("waiting", 4),
        changed("running", 4),
        changed("reason", "MaxWait"),
        changed("oldestEnqueuedAt", "2023-11-14T22:00:00Z"),
        changed("groups.waiting", 4),
        changed("groups.running", 4),
        changed("groups.busyReplicas", 2),
        changed("groups.oldestEnqueuedAt", "2023-11-14T22:00:00Z"),
        changed("groups.reason", "MaxWait"),
        changed("groups.message", "4 waiting"),
        changed("conditions.message", "all is very well"),
    ],
)
def test_what_merely_moves_is_written_every_15_seconds(status: Manifest) -> None:
    assert not worth_writing(status, STATUS, 14.9)
    assert worth_writing(status, STATUS, 15.0)


def test_what_does_not_move_is_never_written() -> None:
    assert not worth_writing(STATUS, STATUS, 3600.0)


def test_a_restarted_operator_knows_from_the_status_that_the_pace_may_be_used_up() -> None:
    """What was scaled 30 s ago may have been a fall of as many replicas as may go within a minute."""
    scaling = {"minReplicas": 0, "scaleDown": {"stabilizationSeconds": 0, "maxReplicasPerMinute": 2}}
    pool = pool_manifest(status={"groups": [{"name": "worker", "lastScaleTime": "2023-11-14T22:12:50Z"}]})
    loads = {"worker": QueueLoad()}
    restarted = pool_snapshot(pool_spec(worker_group(scaling=scaling)), child(replicas=8), pool=pool, loads=loads)
    undisturbed = pool_snapshot(pool_spec(worker_group(scaling=scaling)), child(replicas=8), loads=loads)

    assert plan_pool(restarted, PoolMemory()).decisions["worker"][0] == 8
    assert plan_pool(undisturbed, PoolMemory()).decisions["worker"][0] == 6


def test_a_status_written_by_a_clock_that_was_ahead_blocks_the_pace_no_longer_than_one_written_now() -> None:
    pool = pool_manifest(status={"groups": [{"name": "worker", "lastScaleTime": "2023-11-14T23:13:20Z"}]})
    seen = pool_snapshot(pool_spec(worker_group()), child(replicas=8), pool=pool, loads={"worker": QueueLoad()})

    assert plan_pool(seen, PoolMemory()).memory.scaling["worker"].lowered == ((NOW, 4),)


def test_the_memory_of_a_restarted_operator_is_what_it_scaled_last() -> None:
    assert after_restart(None, 4).lowered == ()
    assert after_restart(NOW, 4).lowered == ((NOW, 4),)
