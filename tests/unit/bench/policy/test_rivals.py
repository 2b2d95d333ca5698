import random

from bench.policy.chance import chance_of
from bench.policy.clock import Clock
from bench.policy.fleet import Fleet, Task
from bench.policy.rivals import CpuHpa, CpuSettings, Keda, KedaSettings
from bench.policy.subjects import worker_group

FOR_EVER = 100_000.0


class FirstPhase(random.Random):
    """Every period begins at its start: what is polled every 30 s is polled at 0, 30, 60 …"""

    def uniform(self, a: float, b: float) -> float:
        return a


def keda(tasks: dict[float, int], *, seconds: float, least: int = 0, length: float = FOR_EVER) -> Fleet:
    """So many tasks at so many moments, under KEDA's defaults with a listLength of 4."""
    clock, group = Clock(), worker_group(minReplicas=least, maxReplicas=10, tasksPerReplica=4)
    fleet = Fleet(clock, group, chance_of(1), 30)
    Keda(clock, fleet, group, KedaSettings(), FirstPhase(1))
    for moment, count in tasks.items():
        for _ in range(count):
            clock.at(moment, lambda: fleet.enqueue(Task(clock.now, length)))
    clock.run(seconds)
    return fleet


def test_from_zero_the_first_replica_comes_at_the_poll_and_the_rest_from_the_hpa() -> None:
    assert keda({1: 50}, seconds=29.9).history == [(0, 0)]
    assert keda({1: 50}, seconds=50).history == [(0, 0), (30, 1), (30, 5), (45, 8)]  # five have taken 20 of the 50


def test_from_one_up_no_poll_is_needed() -> None:
    assert keda({1: 50}, seconds=16, least=1).history == [(0, 0), (0, 1), (15, 5)]


def test_running_tasks_are_not_counted_and_after_the_cooldown_all_workers_go_though_they_are_busy() -> None:
    fleet = keda({1: 4}, seconds=400)
    assert fleet.history == [(0, 0), (30, 1), (330, 0)]
    assert (fleet.taken_running, fleet.interrupted) == (4, 4)


def test_a_task_that_a_worker_takes_between_two_polls_is_no_activity() -> None:
    assert keda({1: 1, 301: 1}, seconds=400, length=10).history[-1] == (330, 0)


def test_a_queue_that_is_not_empty_at_a_poll_puts_the_cooldown_off() -> None:
    assert keda({1: 4, 299: 1}, seconds=400, length=280).history[-1] == (30, 1)


def test_the_least_stays_when_the_queue_is_empty() -> None:
    assert keda({}, seconds=3600, least=2).history == [(0, 0), (0, 2)]


def cpu(percent_per_slot: float) -> Fleet:
    clock, group = Clock(), worker_group(minReplicas=1, maxReplicas=10)
    fleet = Fleet(clock, group, chance_of(1), 30)
    CpuHpa(clock, fleet, group, CpuSettings(percent_per_slot), FirstPhase(1))
    for _ in range(1000):
        fleet.enqueue(Task(0, FOR_EVER))
    clock.run(1800)
    return fleet


def test_an_hpa_whose_busy_workers_stay_below_the_target_never_acts() -> None:
    assert cpu(10).history == [(0, 0), (0, 1)]


def test_an_hpa_whose_busy_workers_exceed_the_target_goes_up_step_by_step() -> None:
    assert [replicas for _, replicas in cpu(20).history] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]
