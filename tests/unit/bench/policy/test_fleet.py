import pytest

from bench.policy.chance import chance_of
from bench.policy.clock import Clock
from bench.policy.fleet import Fleet, Task
from bench.policy.subjects import worker_group

MINUTE = 60.0


def fleet_of(replicas: int, *, slots: int = 1, prefetch: int = 1, grace: float = 30.0) -> Fleet:
    """Workers that have started, and nothing to do."""
    group = worker_group({"concurrency": slots, "prefetchMultiplier": prefetch, "timeLimitSeconds": 300})
    fleet = Fleet(Clock(), group, chance_of(1), grace)
    fleet.raise_to(replicas)
    fleet.clock.run(MINUTE)
    return fleet


def send(fleet: Fleet, *seconds: float) -> list[Task]:
    tasks = [Task(fleet.clock.now, each) for each in seconds]
    for task in tasks:
        fleet.enqueue(task)
    return tasks


@pytest.mark.parametrize("seed", range(10))
def test_whatever_the_scale_does_every_task_starts_and_none_is_lost(seed: int) -> None:
    chance, clock = chance_of(seed), Clock()
    fleet = Fleet(clock, worker_group({"concurrency": 2, "prefetchMultiplier": 2}), chance, 10)
    tasks = [Task(chance.uniform(0, 600), chance.uniform(1, 40)) for _ in range(200)]
    for task in tasks:
        clock.at(task.enqueued_at, lambda task=task: fleet.enqueue(task))  # type: ignore[misc]
    clock.every(20, lambda: scale(fleet, chance.randint(1, 6)), first=0)
    clock.run(3 * 3600)
    assert not fleet.waiting
    assert fleet.unacked == 0
    assert all(task.starts >= 1 and task.wait_seconds(clock.now) >= 0 for task in tasks)
    assert sum(task.starts - 1 for task in tasks) == fleet.interrupted


def scale(fleet: Fleet, replicas: int) -> None:
    if replicas > fleet.replicas:
        fleet.raise_to(replicas)
    elif replicas < fleet.replicas:
        fleet.lower_to(replicas)


def test_a_task_is_started_once_where_nobody_is_taken_away() -> None:
    fleet = fleet_of(3)
    tasks = send(fleet, *[5.0] * 20)
    fleet.clock.run(10 * MINUTE)
    assert [task.starts for task in tasks] == [1] * 20
    assert [task.wait_seconds(0) for task in tasks][:4] == [0, 0, 0, 5]


def test_a_constant_pool_costs_its_replicas_times_the_hours() -> None:
    fleet = fleet_of(4)
    fleet.clock.run(3 * 3600)
    assert fleet.pod_seconds() == 4 * 3 * 3600


def test_a_pod_that_shuts_down_costs_until_its_task_has_ended() -> None:
    fleet = fleet_of(1)
    send(fleet, 20)
    fleet.lower_to(0)
    fleet.clock.run(3600)
    assert fleet.pod_seconds() == MINUTE + 20


def test_idle_workers_are_dealt_to_in_turn() -> None:
    fleet = fleet_of(2, slots=2)
    send(fleet, 100, 100)
    assert [len(pod.running) for pod in fleet.pods.values()] == [1, 1]


def test_a_task_that_was_fetched_ahead_waits_for_its_worker_though_another_is_idle() -> None:
    fleet = fleet_of(1, prefetch=2)
    _, fetched = send(fleet, 100, 5)
    fleet.raise_to(2)
    fleet.clock.run(10 * MINUTE)
    assert fetched.wait_seconds(0) == 100


def test_what_a_stopping_worker_had_fetched_ahead_returns_when_it_ends() -> None:
    fleet = fleet_of(1, prefetch=2)
    first, fetched = send(fleet, 20, 5)
    fleet.lower_to(0)
    fleet.raise_to(1)
    fleet.clock.run(10 * MINUTE)
    assert (first.starts, fetched.wait_seconds(0)) == (1, 20)
    assert (fleet.taken_running, fleet.interrupted) == (1, 0)


def test_a_task_longer_than_the_grace_period_is_interrupted_and_runs_again_after_the_visibility_timeout() -> None:
    fleet = fleet_of(1, grace=30)
    (task,) = send(fleet, 40)
    fleet.lower_to(0)
    fleet.raise_to(1)
    fleet.clock.run(MINUTE + 30 + 2 * 300 - 1)
    assert (task.starts, fleet.interrupted, fleet.unacked) == (1, 1, 1)
    fleet.clock.run(3600)
    assert (task.starts, fleet.unacked) == (2, 0)


def test_the_replica_set_takes_pods_that_are_not_ready_first() -> None:
    fleet = fleet_of(2)
    send(fleet, 100, 100)
    fleet.raise_to(4)
    fleet.lower_to(2)
    assert fleet.taken_running == 0
    assert all(pod.ready for pod in fleet.pods.values())


def test_a_cancelled_worker_takes_nothing_until_it_is_restored() -> None:
    fleet = fleet_of(1)
    (pod,) = fleet.pods.values()
    fleet.cancel(pod)
    (task,) = send(fleet, 5)
    fleet.clock.run(2 * MINUTE)
    assert not pod.held
    fleet.restore(pod)
    assert task.wait_seconds(0) == MINUTE
