"""When a report that was put off runs again, and when it is given up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engines.api import Fault, HeldBack, Spent, Throttled, Unavailable, Unusable
from app.retries import LONGEST_SECONDS, Counts, delay, exhausted
from app.settings import settings
from tests.unit.worker.conftest import no_settings

THROTTLED, UNUSABLE = Throttled("429", 7.0), Unusable("no JSON", Spent())
HELD_BACK = HeldBack("our own limit", 12.0)


@pytest.mark.parametrize(
    ("retries", "longest"), [(0, 5), (1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (20, 300), (10_000, 300)]
)
def test_the_delay_doubles_up_to_five_minutes(retries: int, longest: float) -> None:
    assert delay(retries, asked=0.0, jitter=0.0) == longest
    assert delay(retries, asked=0.0, jitter=1.0) == longest / 2


@given(st.integers(0, 100), st.floats(0, 3600), st.floats(0, 1))
def test_what_the_api_asked_for_is_never_gone_below(retries: int, asked: float, jitter: float) -> None:
    assert asked + 2.5 <= delay(retries, asked, jitter) <= asked + LONGEST_SECONDS


def test_reports_that_were_turned_away_together_come_back_apart() -> None:
    assert len({delay(1, 30.0) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("fault", "progress", "after"),
    [
        (THROTTLED, False, Counts(0, 5)),
        (THROTTLED, True, Counts(0, 1)),
        (Unavailable("503"), False, Counts(0, 5)),
        (UNUSABLE, False, Counts(1, 5)),
        (UNUSABLE, True, Counts(0, 1)),
        (HELD_BACK, False, Counts(0, 4)),
        (HELD_BACK, True, Counts(0, 0)),
    ],
)
def test_only_what_was_paid_for_nothing_counts_as_an_attempt(fault: Fault, progress: bool, after: Counts) -> None:
    assert Counts(attempts=1, retries=4).after(fault, progress=progress) == after


def test_a_report_is_given_up_after_so_many_times_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    with no_settings(REPORT_MAX_RETRIES="5", REPORT_MAX_ATTEMPTS="2"):
        assert settings().report_max_retries == 5
        assert not exhausted(Counts(0, 5), THROTTLED)
        assert exhausted(Counts(0, 6), THROTTLED)
        assert not exhausted(Counts(1, 5), UNUSABLE)
        assert exhausted(Counts(2, 1), UNUSABLE)
        assert not exhausted(Counts(0, 600), HELD_BACK)
