"""The limit on requests and tokens a minute, by a clock that stands still unless told otherwise."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.limit import LONGEST_BLOCK_SECONDS, PATIENCE_SECONDS, Rates
from app.limit.local import LocalLimit

MINUTE = 60.0
ALMOST = 1e-6
"""Of a second; sums of fractions are not exact."""


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Caller:
    """Asks for the limit's leave, and sends when it is told to."""

    limit: LocalLimit
    clock: Clock
    sent: list[tuple[float, int]] = field(default_factory=list)

    def ask(self, tokens: int = 0) -> float:
        wait = self.limit.reserve(tokens)
        if wait <= PATIENCE_SECONDS:
            self.sent.append((self.clock.now + wait, tokens))
        return wait

    def most_in_a_minute(self, count: Callable[[int], int]) -> int:
        return max(
            (
                sum(count(tokens) for when, tokens in self.sent if start <= when <= start + MINUTE - ALMOST)
                for start, _ in self.sent
            ),
            default=0,
        )


def caller(requests: int = 0, tokens: int = 0) -> Caller:
    clock = Clock()
    return Caller(LocalLimit(Rates(requests, tokens), clock), clock)


@given(st.integers(1, 300), st.lists(st.floats(0, 20), max_size=200))
def test_no_minute_ever_has_more_requests_than_the_limit(requests: int, pauses: list[float]) -> None:
    asking = caller(requests=requests)
    for pause in pauses:
        asking.clock.now += pause
        asking.ask()

    assert asking.most_in_a_minute(lambda _: 1) <= requests


@given(
    st.integers(100, 10_000).flatmap(
        lambda rate: st.tuples(st.just(rate), st.lists(st.tuples(st.floats(0, 5), st.integers(0, rate // 10))))
    )
)
def test_no_minute_ever_has_more_tokens_than_the_limit_where_no_request_takes_more_than_a_tenth(
    chosen: tuple[int, list[tuple[float, int]]],
) -> None:
    rate, steps = chosen
    asking = caller(tokens=rate)
    for pause, tokens in steps:
        asking.clock.now += pause
        asking.ask(tokens)

    assert asking.most_in_a_minute(lambda tokens: tokens) <= rate


@given(st.integers(1, 300), st.integers(0, 5000), st.lists(st.tuples(st.floats(0, 3), st.integers(0, 9000))))
def test_requests_are_sent_in_the_order_in_which_they_asked(
    requests: int, rate: int, steps: list[tuple[float, int]]
) -> None:
    asking = caller(requests, rate)
    for pause, tokens in steps:
        asking.clock.now += pause
        asking.ask(tokens)

    times = [when for when, _ in asking.sent]
    assert all(later >= earlier - ALMOST for earlier, later in pairwise(times))


def test_a_tenth_of_the_minute_goes_at_once_and_the_rest_evenly() -> None:
    asking = caller(requests=60)

    waits = [asking.ask() for _ in range(9)]

    assert waits[:6] == [0.0] * 6
    assert [round(later - earlier, 3) for earlier, later in pairwise(waits[5:])] == [1.111] * 3


def test_a_wait_over_the_patience_is_not_counted() -> None:
    asking = caller(requests=6)  # one in 11.1 seconds
    asking.ask()

    first, second = asking.ask(), asking.ask()
    asking.clock.now += first - PATIENCE_SECONDS

    assert first == second > PATIENCE_SECONDS
    assert asking.ask() == pytest.approx(PATIENCE_SECONDS)


def test_without_a_limit_nothing_waits() -> None:
    asking = caller()

    assert {asking.ask(1_000_000) for _ in range(1000)} == {0.0}


def test_a_request_larger_than_the_minutes_tokens_gets_its_turn_all_the_same() -> None:
    asking = caller(tokens=1000)

    assert asking.ask(5000) == 0.0
    asking.clock.now += 5000 * MINUTE / 900
    assert asking.ask(5000) == pytest.approx(0.0, abs=ALMOST)


def test_a_blocked_api_lets_nothing_through_and_afterwards_they_go_one_after_another() -> None:
    asking = caller(requests=10)  # one in 6.7 seconds
    asking.limit.block(8.0)

    assert [asking.ask() for _ in range(2)] == [8.0, pytest.approx(8.0 + MINUTE / 9)]
    asking.clock.now += 8.0
    assert asking.ask() == pytest.approx(MINUTE / 9)


def test_a_longer_block_is_told_and_nothing_is_counted() -> None:
    asking = caller(requests=10)
    asking.limit.block(30.0)
    asking.limit.block(5.0)

    assert [asking.ask() for _ in range(100)] == [30.0] * 100
    asking.clock.now += 30.0
    assert asking.ask() == 0.0


def test_no_block_lasts_longer_than_an_hour() -> None:
    asking = caller()
    asking.limit.block(float("inf"))

    assert asking.ask() == LONGEST_BLOCK_SECONDS


def test_tokens_that_a_request_did_not_take_are_free_for_the_next() -> None:
    asking = caller(tokens=1000)
    asking.ask(100)
    waiting = asking.limit.reserve(100)

    asking.limit.settle(-100)

    assert waiting > 0
    assert asking.ask(100) == pytest.approx(waiting)


def test_tokens_beyond_those_expected_are_counted_too() -> None:
    asking = caller(tokens=1000)
    asking.ask(10)
    asking.limit.settle(90)

    assert asking.ask(10) == pytest.approx(10 * MINUTE / 900)
