"""Worked examples of the page "Horizontal Pod Autoscaling" on kubernetes.io, and the rules that it states."""

import pytest

from bench.policy import hpa
from bench.policy.hpa import DEFAULT_BEHAVIOR, Behavior, History, average_value, behaved, utilization


@pytest.mark.parametrize(
    ("percents", "target", "replicas", "proposal"),
    [
        ([200.0], 100, 1, 2),  # "if the current value is 200m and the desired value is 100m, … doubled"
        ([50.0, 50.0], 100, 2, 1),  # "if the current value is instead 50m, you'll halve the number"
        ([105.0] * 4, 100, 4, 4),  # within the tolerance of 10 %
        ([95.0] * 4, 100, 4, 4),
        ([120.0] * 3, 100, 3, 4),  # rounded up: 3.6
        ([], 100, 3, 3),  # nobody has a sample
    ],
)
def test_utilization_keeps_the_ratio_of_current_to_target(
    percents: list[float], target: float, replicas: int, proposal: int
) -> None:
    assert utilization(percents, 0, 0, target, replicas) == proposal


def test_pods_that_are_not_ready_dampen_scaling_up() -> None:
    assert utilization([200.0, 200.0], 0, 0, 100, 2) == 4
    assert utilization([200.0, 200.0], 1, 0, 100, 3) == 4  # 400 % over three is 1.33, times three
    assert utilization([150.0, 150.0], 1, 0, 100, 3) == 3  # 300 % over three is the target


def test_pods_without_a_sample_dampen_scaling_down() -> None:
    assert utilization([20.0, 20.0], 0, 0, 100, 2) == 1
    assert utilization([20.0, 20.0], 0, 2, 100, 4) == 3  # as if the two used all of their request


@pytest.mark.parametrize(
    ("value", "target", "replicas", "proposal"),
    [(50, 4, 1, 13), (50, 8, 1, 7), (43, 4, 10, 10), (45, 4, 10, 12), (37, 4, 10, 10), (0, 8, 5, 0), (1, 8, 1, 1)],
)
def test_an_average_value_asks_for_the_value_over_the_target_rounded_up_beyond_the_tolerance(
    value: float, target: float, replicas: int, proposal: int
) -> None:
    assert average_value(value, target, replicas) == proposal


def test_scaling_up_adds_the_larger_of_four_pods_and_a_hundred_percent_in_fifteen_seconds() -> None:
    history, current, steps = History(), 1, []
    for sync in range(5):
        current = behaved(100, current, sync * hpa.SYNC_SECONDS, DEFAULT_BEHAVIOR, history)
        steps.append(current)
    assert steps == [5, 10, 20, 40, 80]


def test_what_was_added_within_the_period_counts_against_the_policy() -> None:
    history = History()
    assert behaved(100, 1, 0, DEFAULT_BEHAVIOR, history) == 5
    assert behaved(100, 5, 10, DEFAULT_BEHAVIOR, history) == 5
    assert behaved(100, 5, 15, DEFAULT_BEHAVIOR, history) == 10


def test_without_that_limit_all_come_at_once() -> None:
    assert behaved(100, 1, 0, Behavior(up_pods=1000), History()) == 100


def test_the_highest_proposal_of_five_minutes_decides_on_the_way_down() -> None:
    history = History()
    assert behaved(10, 10, 0, DEFAULT_BEHAVIOR, history) == 10
    assert behaved(6, 10, 100, DEFAULT_BEHAVIOR, history) == 10
    assert behaved(2, 10, 299, DEFAULT_BEHAVIOR, history) == 10
    assert behaved(2, 10, 300, DEFAULT_BEHAVIOR, history) == 6
    assert behaved(2, 6, 400, DEFAULT_BEHAVIOR, history) == 2


def test_stabilisation_on_the_way_down_never_raises() -> None:
    history = History()
    behaved(10, 2, 0, DEFAULT_BEHAVIOR, history)
    assert behaved(1, 4, 15, DEFAULT_BEHAVIOR, history) == 4
