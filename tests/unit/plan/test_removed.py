from dataclasses import replace
from typing import Any

import pytest

from revrx_operator.model import ObjectKey, Pod, PoolMemory, PoolSnapshot, RetirementMemory, Scale, WorkerQueues
from revrx_operator.plan.deletion_order import EMPTY_COST, RETIRING_COST
from revrx_operator.plan.removed import REMOVED, Removal, plan_removals
from tests.unit.plan.builders import HPA, NOW, PDB, child, pool_snapshot, pool_spec

COMMAND = ["-A", "app", "worker", "-Q", "slow,slower", "-n", "old@%h"]


def deployment(replicas: int, *, grace: int | None = 330, command: list[str] | None = None) -> dict[str, Any]:
    """That of a group which the spec no longer has."""
    found = child(name="revrx-celery-old", replicas=replicas)
    found["metadata"]["labels"] = {"revrx.io/group": "old"}
    proxy = {"name": "proxy"}
    worker = {"name": "worker", "args": COMMAND if command is None else command}
    pod_spec: dict[str, Any] = {"containers": [proxy, worker]}
    found["spec"]["template"] = {
        "spec": pod_spec if grace is None else pod_spec | {"terminationGracePeriodSeconds": grace}
    }
    return found


def removed_group(replicas: int, **fields: Any) -> list[dict[str, Any]]:
    return [child(PDB, "revrx-celery-old"), deployment(replicas, **fields), child(HPA, "revrx-celery-old")]


def snapshot(*children: dict[str, Any], pods: tuple[Pod, ...] | None = None, paused: bool = False) -> PoolSnapshot:
    taken = pool_snapshot(pool_spec(paused=paused), *children, loads={})
    listed = {} if pods is None else {"old": pods}
    return replace(taken, view=replace(taken.view, pods=listed))


def removal(*children: dict[str, Any], memory: PoolMemory | None = None, **fields: Any) -> Removal:
    (found,) = plan_removals(snapshot(*children, **fields), memory or PoolMemory())
    return found


def retiring(name: str, *, ago: float, **fields: Any) -> Pod:
    return Pod(name, f"{name}-uid", "rs", retiring_since=NOW - ago, **fields)


def keys(*kinds: str) -> tuple[ObjectKey, ...]:
    return tuple(ObjectKey(kind, "revrx-celery-old") for kind in kinds)


def test_it_loses_its_autoscaler_at_once_and_the_rest_when_it_has_drained() -> None:
    assert removal(*removed_group(2)).deletes == keys(HPA)
    assert removal(*removed_group(0)) == Removal("old", keys(HPA, PDB, "Deployment"))


def test_what_is_left_without_a_deployment_goes() -> None:
    assert removal(child(PDB, "revrx-celery-old"), child(HPA, "revrx-celery-old")) == Removal("", keys(HPA, PDB))


def test_its_pods_are_looked_at() -> None:
    retirement = removal(*removed_group(2)).retirement

    assert retirement is not None
    assert retirement.memory.look


def test_its_workers_are_marked_and_told_to_stop_taking_tasks_from_their_queues() -> None:
    retirement = removal(*removed_group(1), pods=(Pod("old-1", "uid", "rs"),)).retirement

    assert retirement is not None
    assert retirement.cancels == (WorkerQueues("old", "old-1", ("slow", "slower")),)
    assert [mark.pod for mark in retirement.marks] == ["old-1"]


@pytest.mark.parametrize(
    ("command", "queues"),
    [
        (["worker", "-Q", "slow,slower"], ("slow", "slower")),
        (["-Q", "slow", "worker"], ("slow",)),
        (["worker", "-Q"], ()),
        (["worker"], ()),
    ],
)
def test_its_queues_are_those_of_the_command_line(command: list[str], queues: tuple[str, ...]) -> None:
    pods = (Pod("old-1", "uid", "rs"),)
    retirement = removal(*removed_group(1, command=command), pods=pods).retirement

    assert retirement is not None
    assert [worker.queues for worker in retirement.cancels] == [queues]


def test_a_worker_that_is_empty_is_counted_off_by_what_is_remembered_of_it() -> None:
    empty = retiring("old-1", ago=100, deletion_cost=EMPTY_COST, queues=frozenset(), answer=0)
    busy = retiring("old-2", ago=100, deletion_cost=RETIRING_COST, queues=frozenset(), answer=1)
    costs = {"old-1": (EMPTY_COST, NOW - 60), "old-2": (RETIRING_COST, NOW - 60)}
    memory = PoolMemory(
        cancelled={"old-1": NOW - 90, "old-2": NOW - 90},
        retirement={"old": RetirementMemory(costs=costs)},
    )

    counted = removal(*removed_group(2), pods=(empty, busy), memory=memory)

    assert counted.scale == Scale("old", "revrx-celery-old", 2, 1, REMOVED)
    assert counted.deletes == keys(HPA)


def test_a_rollout_that_is_stuck_does_not_keep_its_workers() -> None:
    pods = (Pod("old-1", "uid-1", "rs"), Pod("old-2", "uid-2", "newer", ready=False, may_hold_tasks=False))

    retirement = removal(*removed_group(1), pods=pods).retirement

    assert retirement is not None
    assert [cancel.pod for cancel in retirement.cancels] == ["old-1"]


def test_while_its_workers_are_busy_no_replica_goes() -> None:
    busy = retiring("old-1", ago=100, queues=frozenset(), answer=1)

    assert removal(*removed_group(1), pods=(busy,)).scale is None


def test_a_paused_pool_keeps_its_workers() -> None:
    kept = removal(*removed_group(2), pods=(Pod("old-1", "uid", "rs"), Pod("old-2", "uid-2", "rs")), paused=True)

    assert kept.retirement is not None
    assert (kept.scale, kept.retirement.marks, kept.retirement.cancels) == (None, (), ())


@pytest.mark.parametrize(("grace", "seconds"), [(330, 330), (None, 30)])
def test_workers_that_do_not_finish_within_their_grace_are_shut_down_warm(grace: int | None, seconds: int) -> None:
    group = removed_group(2, grace=grace)
    young = retiring("old-2", ago=1)

    waits = removal(*group, pods=(retiring("old-1", ago=seconds), young))
    overdue = removal(*group, pods=(retiring("old-1", ago=seconds + 1), young))

    assert waits.deletes == keys(HPA)
    assert overdue == Removal("old", keys(HPA, PDB, "Deployment"))


def test_a_labelled_object_that_is_not_ours_stays() -> None:
    assert plan_removals(snapshot(child(name="other", owner="other-uid")), PoolMemory()) == []


@pytest.mark.parametrize("kind", ["Service", "Ingress"])
def test_an_object_of_a_kind_that_no_group_has_stays(kind: str) -> None:
    assert plan_removals(snapshot(child(kind, "revrx-celery-old")), PoolMemory()) == []


def test_the_children_of_groups_that_the_spec_has_stay() -> None:
    assert plan_removals(snapshot(child(), child(HPA)), PoolMemory()) == []


def test_where_the_spec_cannot_be_read_nothing_goes() -> None:
    assert plan_removals(pool_snapshot(None, *removed_group(0)), PoolMemory()) == ()
