from dataclasses import replace

import pytest

from revrx_operator.model import PoolKey, PoolMemory, PoolSnapshot, QueueLoad
from revrx_operator.plan.conditions.queue_shared import queue_shared
from revrx_operator.plan.pool import plan_pool
from tests.unit.plan.builders import child, pool_manifest, pool_snapshot, pool_spec

ALONE = pool_snapshot(pool_spec())
CHILDREN = tuple(child(kind) for kind in ("Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget"))


def test_a_pool_alone_on_its_queues_shares_none() -> None:
    condition = queue_shared(ALONE)

    assert (condition.holds, condition.reason) == (False, "NotShared")


def test_a_shared_queue_is_told_with_the_other_pools_and_the_cure() -> None:
    others = {"reports": [PoolKey("revrx", "one"), PoolKey("team", "two")]}

    condition = queue_shared(replace(ALONE, shared_queues=others))

    assert (condition.holds, condition.reason) == (True, "SharedWithPool")
    assert "queue reports with pool revrx/one, team/two" in condition.message
    assert "give each pool queues of its own" in condition.message


def test_of_many_pools_a_few_are_named_and_the_others_counted() -> None:
    others = {f"queue-{number}": [PoolKey("revrx", f"pool-{pool}") for pool in range(999)] for number in range(16)}

    message = queue_shared(replace(ALONE, shared_queues=others)).message

    assert "queue queue-0 with pool revrx/pool-0, revrx/pool-1, revrx/pool-2, 996 more; queue queue-1" in message
    assert "; 13 more: both count" in message
    assert len(message) < 1000


def test_where_the_redis_is_not_known_nobody_knows() -> None:
    condition = queue_shared(replace(ALONE, view=replace(ALONE.view, broker=None)))

    assert (condition.holds, condition.reason) == (None, "NoAddress")


def after_a_start(status: str, reason: str) -> PoolSnapshot:
    """A pool whose condition stands from before, while not every pool was heard."""
    stands = {
        "type": "QueueShared",
        "status": status,
        "reason": reason,
        "message": "as it was",
        "lastTransitionTime": "",
    }
    pool = pool_manifest(status={"conditions": [stands]})
    snapshot = pool_snapshot(pool_spec(), *CHILDREN, pool=pool, loads={"worker": QueueLoad()})
    return replace(snapshot, shared_queues=None)


@pytest.mark.parametrize("broker_known", [True, False])
def test_after_a_start_a_warning_stays_as_it_is_until_every_pool_was_heard(broker_known: bool) -> None:
    snapshot = after_a_start("True", "SharedWithPool")
    if not broker_known:
        snapshot = replace(snapshot, view=replace(snapshot.view, broker=None))

    plan = plan_pool(snapshot, PoolMemory())

    condition = queue_shared(snapshot)
    assert (condition.holds, condition.reason, condition.message) == (True, "SharedWithPool", "as it was")
    assert "SharedWithPool" not in [event.reason.code for event in plan.events]
    assert plan.retry_after == 5.0


def test_what_was_no_warning_before_a_start_is_none_until_a_pool_is_seen() -> None:
    snapshot = after_a_start("False", "NotShared")

    assert queue_shared(snapshot).holds is False
    assert plan_pool(snapshot, PoolMemory()).retry_after is None


def test_a_warning_whose_redis_cannot_be_told_any_more_stays_while_the_other_pool_is_there() -> None:
    others = {"reports": [PoolKey("revrx", "one")]}

    condition = queue_shared(replace(ALONE, view=replace(ALONE.view, broker=None), shared_queues=others))

    assert (condition.holds, condition.reason) == (True, "SharedWithPool")
