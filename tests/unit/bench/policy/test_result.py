import xml.etree.ElementTree as ET
from argparse import Namespace

import pytest

from bench import policy
from bench.policy import picture, tables
from bench.policy.real import NAMESPACE, Start, pool, put_together
from bench.policy.simulate import Outcome
from bench.policy.traces import Trace
from bench.result import BenchError
from revrx_operator.api.spec import PoolSpec

TRACE = Trace("real", 100, [(10, 5), (11, 5)])


def outcome(*waits: float, hours: float = 1.0) -> Outcome:
    return Outcome(waits, 3600, [(0, 0), (600, 4), (1800, 2)], hours, 0, 0)


def test_replicas_are_averaged_over_what_was_asked() -> None:
    seen = outcome(1)
    assert seen.mean_replicas(0, 600) == 0
    assert seen.mean_replicas(1200, 2400) == 3
    assert seen.replica_seconds == 4 * 1200 + 2 * 1800
    assert seen.actions == 2


@pytest.mark.parametrize(
    ("trace", "wait", "hours", "kept"),
    [
        ("bursty", 5.0, 1.0, "yes"),
        ("bursty", 6.0, 1.0, "no"),
        ("steady", 10.0, 1.0, "yes"),
        ("steady", 5.0, 1.1, "no"),
    ],
)
def test_half_the_wait_is_demanded_where_arrivals_vary_and_never_more_replica_hours(
    trace: str, wait: float, hours: float, kept: str
) -> None:
    outcomes = {trace: {"ours": [outcome(wait, hours=hours)], "KEDA": [outcome(10)]}}
    assert tables.verdict(outcomes, "ours", "KEDA", ["bursty"]).rows[0][-1] == kept


def test_a_spread_is_told_where_there_is_one() -> None:
    assert tables.spread([2.0, 2.0]) == "2"
    assert tables.spread([1.0, 2.5]) == "1.8 (1 to 2.5)"


def test_the_picture_is_well_formed_and_has_a_line_for_each_row() -> None:
    day = Trace("working day", 24 * 3600, [(3600, 5), (7200, 5)])
    text = picture.working_day(day, [("ours", outcome(1, 2)), ("A & B", outcome(3, 4))])
    drawn = ET.fromstring(text)  # noqa: S314 - we made it
    assert len(drawn.findall("{http://www.w3.org/2000/svg}polyline")) == 5


@pytest.mark.parametrize(("most", "end"), [(0, 2), (1, 2), (4.9, 6), (47, 60), (56, 60), (100, 100), (101, 200)])
def test_an_axis_ends_at_a_number_that_reads_well(most: float, end: float) -> None:
    assert picture.axis_end(most) == end


def test_the_real_run_is_put_together_from_starts_and_sights() -> None:
    starts = [Start(1, 1011, 1013.5), Start(0, 1010, 1012)]
    seen = put_together(starts, TRACE, [(999, 0), (1010.5, 2), (1011, 2), (1060, 0)], began=1000)
    assert seen.waits == [2, 2.5]
    assert seen.history == [(0, 0), (10.5, 2), (60, 0)]
    assert seen.replica_seconds == pytest.approx(99)


@pytest.mark.parametrize("numbers", [[0], [0, 0, 1], [0, 2]])
def test_a_real_run_in_which_not_every_task_started_once_measures_nothing(numbers: list[int]) -> None:
    with pytest.raises(BenchError, match="of 2 tasks"):
        put_together([Start(number, 0, 1) for number in numbers], TRACE, [], began=0)


def test_the_pool_of_the_real_run_is_one_that_the_operator_takes() -> None:
    spec = PoolSpec.model_validate(pool()["spec"])
    assert spec.broker.url == f"redis://redis.{NAMESPACE}:6379/0"


def test_too_little_is_refused() -> None:
    with pytest.raises(BenchError, match="--seeds"):
        policy.run(Namespace(seeds=0, real_minutes=9, no_real=True))
