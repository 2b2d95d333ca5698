from collections.abc import Sequence

from bench.policy.chance import chance_of
from bench.policy.clock import Clock
from bench.policy.fleet import Fleet, Task
from bench.policy.ours import Ours
from bench.policy.simulate import simulate
from bench.policy.subjects import OURS, SCALE_DOWN, worker_group
from bench.policy.traces import Trace, small


def play(tasks: Sequence[tuple[float, float]], seconds: float) -> Fleet:
    clock, group = Clock(), worker_group(maxReplicas=10, tasksPerReplica=4, scaleDown=SCALE_DOWN)
    fleet = Fleet(clock, group, chance_of(1), 330)
    Ours(clock, fleet, group)
    for moment, length in tasks:
        clock.at(moment, lambda length=length: fleet.enqueue(Task(clock.now, length)))  # type: ignore[misc]
    clock.run(seconds)
    return fleet


def test_all_replicas_are_there_at_the_next_tick() -> None:
    assert play([(10.1, 60)] * 50, 12).history == [(0, 0), (10.5, 10)]


def test_no_task_is_taken_away_and_the_pool_ends_at_its_minimum() -> None:
    fleet = play([(10, length) for length in range(1, 80)], 600)
    assert (fleet.taken_running, fleet.interrupted) == (0, 0)
    assert fleet.history[-1][1] == 0


def test_a_worker_is_counted_off_once_it_is_empty_and_not_before_the_stabilisation_is_over() -> None:
    fleet = play([(10, 30)], 600)
    (_, up), (down, none) = fleet.history[1:]
    ready_by = 10 + 6
    assert (up, none) == (1, 0)
    assert 10 + 30 + 15 <= down <= ready_by + 30 + 15 + 2 + 3 + 1


def test_retiring_workers_are_given_their_queue_back_when_work_comes() -> None:
    fleet = play([(10, 20)] * 40 + [(11, 120)] * 4 + [(62, 20)] * 60, 75)
    assert fleet.replicas == 10
    assert all(pod.fetching for pod in fleet.pods.values() if pod.ready)


def test_the_same_seed_gives_the_same_outcome() -> None:
    trace = small(3, 4)
    assert simulate(trace, OURS, 5) == simulate(trace, OURS, 5)


def test_an_empty_trace_costs_nothing_from_zero() -> None:
    outcome = simulate(Trace("nothing", 3600, []), OURS, 1)
    assert (outcome.replica_hours, outcome.actions) == (0, 0)
