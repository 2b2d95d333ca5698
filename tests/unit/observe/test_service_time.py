"""Beats as workers send them: (seconds, tasks running, tasks begun)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revrx_operator.observe.service_time import FEWEST_TASKS, ServiceTime

BEAT_SECONDS = 2.0


def learned(*beats: tuple[float, int, int], worker: str = "pod") -> ServiceTime:
    service = ServiceTime()
    for now, active, processed in beats:
        service.heard(worker, now, active, processed)
    return service


def work(service: ServiceTime, worker: str, start: float, durations: list[float]) -> float:
    """Beats of a worker with one slot that runs one task after the other; returns when it has finished."""
    ends = [start + sum(durations[: n + 1]) for n in range(len(durations))]
    now = start
    while True:
        done = sum(end <= now for end in ends)
        service.heard(worker, now, active=int(done < len(ends)), processed=min(done + 1, len(ends)))
        if done == len(ends):
            return now
        now += BEAT_SECONDS


def test_four_slots_that_finish_two_tasks_a_second_take_two_seconds_for_each() -> None:
    assert learned(*((2.0 * n, 4, 4 * n + 4) for n in range(20))).seconds == pytest.approx(2.0)


def test_nothing_is_said_before_enough_tasks_have_finished() -> None:
    beats = [(60.0 * n / 3, 1, n + 1) for n in range(FEWEST_TASKS + 1)]

    assert learned(*beats[:-1]).seconds is None
    assert learned(*beats).seconds == pytest.approx(20.0)


def test_workers_that_only_idle_say_nothing() -> None:
    assert learned(*((2.0 * n, 0, 1000) for n in range(100))).seconds is None


def test_tasks_too_short_for_any_beat_to_see_take_no_time() -> None:
    assert learned((0, 0, 0), (2, 0, 10)).seconds == 0.0


def test_a_restarted_worker_starts_anew() -> None:
    service = learned(*((2.0 * n, 1, n + 1) for n in range(10)))
    service.heard("pod", 20.0, 0, 0)
    service.heard("pod", 22.0, 0, 0)

    assert service.seconds == pytest.approx(2.0)


def test_a_long_silence_counts_for_nothing() -> None:
    service = learned(*((2.0 * n, 1, n + 1) for n in range(10)))
    service.heard("pod", 3600.0, 1, 11)

    assert service.seconds == pytest.approx(2.0)


def test_what_a_worker_that_vanished_was_at_counts_for_nothing() -> None:
    service = learned(*((2.0 * n, 1, n + 1) for n in range(10)))
    for n in range(10):
        service.heard("doomed", 2.0 * n, 8, 8)
    service.forget_silent(now=100.0)

    assert service.seconds == pytest.approx(2.0)


def test_a_long_task_after_an_idle_hour_says_nothing_until_it_ends() -> None:
    service = ServiceTime()
    work(service, "pod", 0.0, [2.0] * 10)
    before = service.seconds
    for n in range(100):
        service.heard("other", 3600 + 2.0 * n, 1, 1)

    assert service.seconds == before


def test_tasks_that_became_slower_are_believed_within_minutes() -> None:
    service = ServiceTime()
    now = work(service, "fast", 0.0, [2.0] * 100)
    work(service, "slow", now, [30.0] * 40)

    assert service.seconds == pytest.approx(30.0, rel=0.15)


@given(durations=st.lists(st.floats(2.0, 600.0), min_size=FEWEST_TASKS + 1, max_size=40))
def test_the_mean_lies_between_the_shortest_and_the_longest_task(durations: list[float]) -> None:
    service = ServiceTime()
    work(service, "pod", 0.0, durations)

    assert service.seconds is not None
    assert min(durations) - BEAT_SECONDS <= service.seconds <= max(durations) + BEAT_SECONDS


@given(
    beats=st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(0, 100), st.integers(0, 50), st.integers(0, 1000)), max_size=60
    )
)
def test_whatever_is_said_the_answer_is_a_time_or_none(beats: list[tuple[str, float, int, int]]) -> None:
    service, now = ServiceTime(), 0.0
    for worker, pause, active, processed in beats:
        now += pause
        service.heard(worker, now, active, processed)
        service.forget_silent(now)

        assert service.seconds is None or service.seconds >= 0
