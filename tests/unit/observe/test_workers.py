from typing import Any

from revrx_operator.model import GroupReading, QueueLoad, WorkerBeat
from revrx_operator.observe.celery_events import Heartbeat, OwnWords, Throttled
from revrx_operator.observe.workers import WorkerName, WorkersIndex

POD = "pool-worker-7c9d8b6f5c-x2x4z"
NAME = WorkerName("", "worker", "pool-worker")
NOW = 1000.0


def index(**groups: WorkerName) -> WorkersIndex[str]:
    index: WorkersIndex[str] = WorkersIndex()
    for group, name in groups.items():
        index.add(group, name)
    return index


def beat(node: str = f"worker@{POD}", **fields: Any) -> Heartbeat:
    return Heartbeat(**{"hostname": node, "active": 1, "processed": 1} | fields)


def reading(index: WorkersIndex[str], group: str = "mine", now: float = NOW) -> GroupReading:
    return index.reading(group, QueueLoad(), now)


def test_a_beat_goes_to_the_group_that_the_worker_belongs_to() -> None:
    workers = index(mine=NAME, other=WorkerName("", "other", "pool-other"))
    workers.heard("", beat(), NOW)

    assert reading(workers).workers == {POD: WorkerBeat(NOW, 1)}
    assert reading(workers, "other").workers == {}


def test_what_an_app_with_revrx_worker_adds_is_passed_on() -> None:
    workers = index(mine=NAME)
    workers.heard("", beat(revrx=OwnWords(queues=frozenset({"reports"}), held=2, leaving=True)), NOW)

    assert reading(workers).workers == {POD: WorkerBeat(NOW, 1, 2, frozenset({"reports"}), leaving=True)}


def test_workers_of_another_app_another_pool_or_another_group_are_not_ours() -> None:
    workers = index(mine=NAME)
    workers.heard("other-app:", beat(), NOW)
    workers.heard("", beat("worker@other-worker-7c9d8b6f5c-x2x4z"), NOW)
    workers.heard("", beat(f"other@{POD}"), NOW)
    workers.heard("", beat("celery@laptop"), NOW)
    workers.heard("", beat(POD), NOW)

    assert reading(workers).workers == {}


def test_a_worker_unheard_for_three_beats_is_gone() -> None:
    workers = index(mine=NAME)
    workers.heard("", beat(), NOW)
    workers.heard("", beat(f"worker@{POD}9", freq=10), NOW)

    assert reading(workers, now=NOW + 6).workers.keys() == {POD, f"{POD}9"}
    assert reading(workers, now=NOW + 6.1).workers.keys() == {f"{POD}9"}
    assert reading(workers, now=NOW + 30.1).workers.keys() == set()


def test_a_group_is_throttled_when_one_of_its_workers_says_so() -> None:
    workers = index(mine=NAME)
    workers.heard("", Throttled(hostname=f"worker@{POD}"), NOW)

    assert reading(workers).throttled_at == NOW


def test_what_is_known_of_a_group_outlives_a_change_of_its_pool() -> None:
    workers = index(mine=NAME)
    workers.heard("", beat(), NOW)
    workers.add("mine", NAME)

    assert POD in reading(workers).workers


def test_a_group_whose_app_changed_its_prefix_is_known_by_the_new_one_only() -> None:
    workers = index(mine=NAME)
    workers.add("mine", NAME._replace(key_prefix="mine:"))
    workers.heard("", beat(), NOW)
    assert reading(workers).workers == {}

    workers.heard("mine:", beat(), NOW)
    assert POD in reading(workers).workers


def test_pools_of_one_name_in_two_namespaces_share_what_the_name_cannot_tell() -> None:
    workers = index(mine=NAME, other=NAME)
    workers.heard("", beat(), NOW)
    workers.remove("other")
    workers.heard("", beat(f"worker@{POD}9"), NOW)

    assert reading(workers).workers.keys() == {POD, f"{POD}9"}
