import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import percentile, times_faster

SECONDS = st.lists(st.floats(min_value=0.01, max_value=1000), min_size=1)


def test_half_of_the_values_lie_below_p50() -> None:
    assert percentile([5.0, 1.0, 3.0, 4.0, 2.0], 50) == 3.0


def test_between_two_values_a_percentile_is_interpolated() -> None:
    assert percentile([1.0, 2.0], 95) == pytest.approx(1.95)


def test_p100_is_the_largest_value() -> None:
    assert percentile([0.2, 0.9, 0.4], 100) == 0.9


@given(SECONDS, st.integers(1, 99))
def test_a_percentile_is_within_the_values_and_grows_with_its_percentage(seconds: list[float], percent: int) -> None:
    lower, upper = percentile(seconds, percent), percentile(seconds, percent + 1)
    assert min(seconds) - 1e-9 <= lower <= upper + 1e-9
    assert upper <= max(seconds) + 1e-9


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no percentile 95 of 0 values"):
        percentile([], 95)


def test_a_fifth_of_the_time_is_five_times_faster() -> None:
    assert times_faster(0.5, 2.5) == 5.0


def test_nothing_is_a_multiple_of_no_time() -> None:
    with pytest.raises(ValueError, match="0 s"):
        times_faster(0.0, 1.0)
