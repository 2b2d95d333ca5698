"""When the status is written, and what is remembered of that."""

from typing import Any

from revrx_operator.model import Manifest, PoolMemory, PoolSnapshot, QueueLoad
from revrx_operator.plan.pool import plan_pool
from tests.unit.plan.builders import all_children, pool_manifest, pool_snapshot, pool_spec
from tests.unit.plan.plans import plan

QUIET = {"worker": QueueLoad()}


def standing(**loads: QueueLoad) -> PoolSnapshot:
    """A pool that has all its children, and the status of its last run when nothing waited."""
    status = plan(pool_snapshot(pool_spec(), *all_children(), loads=QUIET)).status
    return pool_snapshot(
        pool_spec(), *all_children(), pool=pool_manifest(status=dict(status or {})), loads=loads or QUIET
    )


def written_after(snapshot: PoolSnapshot, status: Manifest, seconds: float, **view: Any) -> Manifest | None:
    """The status that a plan writes so many seconds after another one wrote ``status``."""
    pool = pool_manifest(status=dict(status))
    again = pool_snapshot(snapshot.view.spec, *snapshot.view.children, pool=pool, **view)
    return plan_pool(again, PoolMemory(status_written_at=again.now - seconds)).status


def test_the_status_is_not_written_when_nothing_moves() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad(waiting=3)})
    status = plan(snapshot).status
    assert status is not None

    assert written_after(snapshot, status, 3600, loads={"worker": QueueLoad(waiting=3)}) is None


def test_moving_numbers_are_written_every_15_seconds() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad(waiting=3)})
    status = plan(snapshot).status
    assert status is not None

    assert written_after(snapshot, status, 14, loads={"worker": QueueLoad(waiting=4)}) is None
    later = written_after(snapshot, status, 15, loads={"worker": QueueLoad(waiting=4)})
    assert later is not None
    assert later["waiting"] == 4


def test_a_new_decision_is_written_at_once() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad()})
    status = plan(snapshot).status
    assert status is not None

    decided = written_after(snapshot, status, 0, loads={"worker": QueueLoad(waiting=80)})
    assert decided is not None
    assert decided["desiredReplicas"] == 10
    assert decided["groups"][0]["lastScaleTime"] == "2023-11-14T22:13:20Z"


def test_a_condition_keeps_its_transition_time_until_its_status_changes() -> None:
    snapshot = pool_snapshot(pool_spec(), *all_children(ready=1), loads={"worker": QueueLoad()})
    status = plan(snapshot).status
    assert status is not None
    for entry in status["conditions"]:
        entry["lastTransitionTime"] = "2020-01-01T00:00:00Z"

    snapshot = pool_snapshot(pool_spec(), *all_children(ready=2), loads={"worker": QueueLoad()})
    written = written_after(snapshot, status, 0, loads={"worker": QueueLoad()})
    assert written is not None
    times = {entry["type"]: entry["lastTransitionTime"] for entry in written["conditions"]}
    assert times["Ready"] == "2023-11-14T22:13:20Z"
    assert times["ScalingActive"] == "2020-01-01T00:00:00Z"


def test_a_written_status_is_remembered_with_its_time_and_its_numbers() -> None:
    busy = pool_snapshot(pool_spec(), *all_children(), loads={"worker": QueueLoad(waiting=3)})

    memory = plan(busy).memory

    assert memory.status_written_at == busy.now
    assert memory.numbers["worker"][0] == 3


def test_numbers_that_are_not_written_yet_do_not_count_as_written() -> None:
    busy = standing(worker=QueueLoad(waiting=3))
    before = PoolMemory(decided={"worker": (2, "MinReplicas", 10)}, status_written_at=busy.now - 1, numbers={"old": 1})

    planned = plan_pool(busy, before)

    assert planned.status is None
    assert planned.memory.status_written_at == busy.now - 1
    assert planned.memory.numbers == {"old": 1}


def test_a_status_that_stands_counts_as_written_with_these_numbers() -> None:
    planned = plan_pool(standing(), PoolMemory(decided={"worker": (2, "MinReplicas", 10)}, numbers={"old": 1}))

    assert planned.status is None
    assert planned.memory.numbers["worker"][0] == 0


def test_a_pool_without_faults_waits_for_events() -> None:
    assert plan(standing()).retry_after is None
