from typing import Any

import pytest

from revrx_operator.model import PoolEvent, PoolMemory, QueueLoad, Reason, Scale
from revrx_operator.plan.events import events_of
from revrx_operator.plan.pool import plan_pool
from tests.unit.cases import load_cases
from tests.unit.plan.builders import NOW, child, pool_manifest, pool_snapshot, pool_spec


def status(conditions: dict[str, str]) -> dict[str, Any]:
    entries = []
    for name, words in conditions.items():
        holds, reason = words.split()
        entries.append({"type": name, "status": holds, "reason": reason, "message": f"why {reason}"})
    return {"conditions": entries, "groups": []}


@pytest.mark.parametrize("case", load_cases(__file__, "events.yaml"))
def test_events(case: dict[str, Any]) -> None:
    events = events_of((), status(case.get("before", {})), status(case["after"]), NOW)

    assert [f"{event.type} {event.action} {event.reason.code}" for event in events] == case["events"]
    assert [event.reason.message for event in events] == [f"why {event.reason.code}" for event in events]


def test_a_scale_is_told_in_the_words_of_the_status() -> None:
    told = {"conditions": [], "groups": [{"name": "worker", "reason": "Retiring", "message": "5 → 2: 1 is empty"}]}
    scale = Scale("worker", "reports-worker", 5, 4, Reason("Idle", "nothing waits and nothing runs"))

    (event,) = events_of((scale,), {}, told, NOW)

    assert event == PoolEvent(
        NOW, "Normal", "Scale", Reason("Retiring", "group worker: 5 → 4 replicas; 5 → 2: 1 is empty")
    )


def test_a_plan_tells_the_reason_that_its_status_gives() -> None:
    snapshot = pool_snapshot(pool_spec(), child(), loads={"worker": QueueLoad(waiting=40)})

    plan = plan_pool(snapshot, PoolMemory())

    assert plan.status is not None
    (group,) = plan.status["groups"]
    (event,) = plan.events
    assert event.reason.code == group["reason"] == "QueueDepth"
    assert event.reason.message.endswith(group["message"])
    assert plan.decisions == {"worker": (5, Reason(group["reason"], group["message"]))}


def test_a_run_that_changes_nothing_has_no_event() -> None:
    spec, load = pool_spec(), {"worker": QueueLoad()}
    first = plan_pool(pool_snapshot(spec, child(), loads=load), PoolMemory())
    assert first.status is not None
    pool = pool_manifest(status=dict(first.status))

    again = plan_pool(pool_snapshot(spec, child(), loads=load, pool=pool), first.memory)

    assert again.events == ()
