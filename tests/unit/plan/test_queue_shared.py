from dataclasses import replace

from revrx_operator.model import PoolKey
from revrx_operator.plan.conditions.queue_shared import queue_shared
from tests.unit.plan.builders import pool_snapshot, pool_spec

ALONE = pool_snapshot(pool_spec())


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
