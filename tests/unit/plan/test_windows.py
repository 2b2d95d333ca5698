from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import example, given
from hypothesis import strategies as st

from revrx_operator.plan.windows import is_open
from tests.unit.cases import load_cases


@pytest.mark.parametrize("case", load_cases(__file__, "windows.yaml"))
def test_a_window_is_open_from_its_start_until_its_end(case: dict[str, Any]) -> None:
    found = {moment: is_open(**case["window"], minute=minute_of(moment)) for moment in case["open"] + case["closed"]}

    assert found == dict.fromkeys(case["open"], True) | dict.fromkeys(case["closed"], False)


def minute_of(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() // 60)


def forward(expression: str, zone: str, since: datetime, until: datetime) -> Iterator[datetime]:
    """The moments of a cron expression between two others, as a cron daemon meets them."""
    for moment in CronSim(expression, since.astimezone(ZoneInfo(zone))):
        if moment.astimezone(UTC) > until:
            return
        yield moment.astimezone(UTC)


def walked(start: str, end: str, zone: str, now: datetime) -> bool:
    """Whether somebody who has opened and closed the window for two weeks finds it open. Told both at one moment, they
    leave it as it is."""
    since = now - timedelta(days=14)
    opens, closes = set(forward(start, zone, since, now)), set(forward(end, zone, since, now))
    return max(opens ^ closes) in opens


CHANGES = [
    *(datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1)),  # Berlin
    *(datetime(2026, 3, 8, 7), datetime(2026, 11, 1, 6)),  # New York
    *(datetime(2026, 4, 4, 15), datetime(2026, 10, 3, 15, 30)),  # Lord Howe, by half an hour
]


@given(
    start=st.tuples(st.integers(0, 59), st.integers(0, 23)),
    end=st.tuples(st.integers(0, 59), st.integers(0, 23)),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    change=st.sampled_from(CHANGES),
    minutes=st.integers(-300, 300),
)
@example(start=(0, 3), end=(0, 2), zone="Europe/Berlin", change=CHANGES[0], minutes=0)
def test_around_a_change_of_the_clock_it_is_as_if_somebody_had_opened_and_closed_it(
    start: tuple[int, int], end: tuple[int, int], zone: str, change: datetime, minutes: int
) -> None:
    now = change.replace(tzinfo=UTC) + timedelta(minutes=minutes)
    opens, closes = (f"{minute} {hour} * * *" for minute, hour in (start, end))

    assert is_open(opens, closes, zone, int(now.timestamp() // 60)) == (
        start == end or walked(opens, closes, zone, now)
    )
