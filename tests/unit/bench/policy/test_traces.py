from statistics import mean

import pytest

from bench.policy.traces import DAY, HOUR, Trace, bursty, rate_at, small, steady, working_day

TRACES = {"steady": steady, "bursty": bursty, "working day": working_day}


@pytest.mark.parametrize("name", TRACES)
def test_a_trace_is_a_function_of_its_seed_and_in_the_order_of_time(name: str) -> None:
    trace = TRACES[name](1)
    assert trace == TRACES[name](1) != TRACES[name](2)
    moments = [moment for moment, _ in trace.arrivals]
    assert moments == sorted(moments)
    assert 0 <= moments[0] <= moments[-1] <= trace.seconds + 10


@pytest.mark.parametrize("name", TRACES)
def test_tasks_take_twenty_seconds_on_average(name: str) -> None:
    assert mean(seconds for _, seconds in TRACES[name](1).arrivals) == pytest.approx(20, rel=0.05)


def sent(trace: Trace, begin: float, end: float) -> int:
    return sum(begin * HOUR <= moment < end * HOUR for moment, _ in trace.arrivals)


def test_the_steady_trace_has_the_same_rate_all_the_time() -> None:
    assert [sent(steady(1), hour, hour + 1) for hour in range(3)] == pytest.approx([2160] * 3, rel=0.1)


def test_a_working_day_has_two_peaks_and_a_dip_and_a_quiet_night() -> None:
    night, morning, lunch, afternoon = (sent(working_day(1), at, at + 0.5) for at in (2, 10.5, 12.5, 15))
    assert night < lunch / 10
    assert lunch < afternoon < morning


def test_the_rate_of_the_day_goes_through_its_points() -> None:
    assert [rate_at(hour * HOUR) for hour, _ in DAY] == pytest.approx([rate for _, rate in DAY])
    assert rate_at(9 * HOUR) == pytest.approx(0.6)


def test_the_real_run_ends_with_its_last_batch_done() -> None:
    trace = small(1, 9)
    assert trace.seconds == 540
    assert max(moment for moment, _ in trace.arrivals) <= 540 - 30
