from dataclasses import replace
from datetime import UTC, datetime

from revrx_operator.explain.summaries import summarize
from revrx_operator.explain.summary import GroupSummary, from_status
from revrx_operator.model import GroupReading
from revrx_operator.state import PoolState
from tests.unit.explain.builders import pool_state
from tests.unit.plan.builders import NOW, pool_spec, queue_load, worker_beat, worker_group

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def only_group(state: PoolState) -> GroupSummary:
    (group,) = summarize([state], NOON).groups
    return group


def test_a_group_is_told_as_the_last_decision_and_redis_have_it() -> None:
    workers = {"a": worker_beat(3), "b": worker_beat(0)}
    group = only_group(pool_state(GroupReading(queue_load(waiting=40, unacked=4, oldest=15), workers)))

    assert (group.namespace, group.pool, group.group) == ("revrx", "revrx-celery", "worker")
    assert (group.waiting, group.running, group.busy_replicas) == (40, 4, 1)
    assert group.oldest_enqueued_at == datetime.fromtimestamp(NOW - 15, UTC)
    assert (group.replicas, group.ready_replicas, group.desired_replicas, group.max_replicas) == (2, 2, 6, 10)
    assert (group.reason, group.source) == ("QueueDepth", "operator")


def test_what_redis_does_not_say_is_not_made_up() -> None:
    group = only_group(pool_state(failures=3))

    assert (group.waiting, group.running, group.busy_replicas, group.oldest_enqueued_at) == (None,) * 4
    assert group.reason == "BrokerUnreachable"


def test_the_maximum_is_the_ceiling_in_force() -> None:
    window = {"start": "0 22 * * *", "end": "0 6 * * *", "maxReplicas": 4}
    spec = pool_spec(worker_group(scaling={"windows": [window]}))

    assert only_group(pool_state(GroupReading(), spec=spec)).max_replicas == 4


def test_a_pool_whose_spec_cannot_be_read_has_no_groups() -> None:
    state = pool_state()
    snapshot = replace(state.snapshot, view=replace(state.snapshot.view, spec=None))

    assert summarize([replace(state, snapshot=snapshot)], NOON).groups == ()


def test_the_status_tells_the_same_in_the_same_words() -> None:
    state = pool_state(GroupReading(queue_load(waiting=40, unacked=4, oldest=15)))
    pool = {**state.snapshot.view.pool, "spec": {"workers": [{"name": "worker", "scaling": {"maxReplicas": 10}}]}}

    (told,) = from_status(pool)

    assert told == only_group(state).model_copy(update={"source": "status"})


def test_a_pool_that_cannot_start_tells_why() -> None:
    ready = {"type": "Ready", "status": "False", "reason": "SecretMissing", "message": "Secret a does not exist"}
    metadata = {"namespace": "revrx", "name": "reports"}
    pool = {"metadata": metadata, "spec": {"workers": [{"name": "worker"}]}, "status": {"conditions": [ready]}}

    (told,) = from_status(pool)

    assert (told.reason, told.message, told.max_replicas) == ("SecretMissing", "Secret a does not exist", 10)
