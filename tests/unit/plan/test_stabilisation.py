from revrx_operator.plan.stabilisation import highest_wanted, lowered, may_lower, remember_wanted
from tests.unit.plan.builders import NOW, scaling_memory


def test_the_first_demand_is_preceded_by_what_runs() -> None:
    memory = remember_wanted(scaling_memory(), NOW, wanted=2, current=8, window_seconds=300)

    assert memory == scaling_memory(wanted=[[0, 8], [0, 2]])


def test_what_can_never_be_the_highest_again_is_dropped() -> None:
    memory = scaling_memory(wanted=[[30, 9], [20, 5], [10, 4]])

    assert remember_wanted(memory, NOW, 5, 9, 300) == scaling_memory(wanted=[[30, 9], [0, 5]])


def test_a_demand_counts_until_it_is_as_old_as_the_window() -> None:
    memory = scaling_memory(wanted=[[300, 9], [299, 8]])

    assert highest_wanted(remember_wanted(memory, NOW, 2, 9, 300)) == 8


def test_what_goes_is_added_to_what_went_within_the_minute() -> None:
    memory = scaling_memory(wanted=[[5, 3]], lowered=[[60, 1], [59, 2]])

    assert lowered(memory, NOW, 3) == scaling_memory(wanted=[[5, 3]], lowered=[[59, 2], [0, 3]])


def test_only_so_many_go_within_a_minute() -> None:
    memory = scaling_memory(lowered=[[60, 9], [59, 2], [1, 1]])

    assert may_lower(memory, NOW, 4) == 1
    assert may_lower(memory, NOW, 2) == 0
