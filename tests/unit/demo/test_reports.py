import pytest

from revrx_operator.api.validation import parse_spec
from tools.demo.commands import Ended
from tools.demo.reports import example_pool, outcome
from tools.demo.stage import Outcome, StageError


def test_submit_is_believed_in_its_last_line() -> None:
    told = Ended(1, "3 of 4 reports finished\n3 completed, 1 failed", "line 2: report b failed: text_empty")
    assert outcome(told) == Outcome(completed=3, failed=1)


@pytest.mark.parametrize(
    ("ended", "message"),
    [
        (Ended(1, "", "Error: Redis cannot be reached"), "ended with status 1: Error: Redis cannot be reached"),
        (Ended(1, "3 completed, 0 failed", "timed out: 1 reports are not finished"), "timed out: 1 reports"),
        (Ended(-9, "", ""), "ended with status -9: it said nothing"),
    ],
)
def test_a_submit_that_ended_otherwise_is_told_with_what_it_said(ended: Ended, message: str) -> None:
    with pytest.raises(StageError, match=message):
        outcome(ended)


def test_the_demo_runs_a_pool_that_scales_to_zero_and_has_room_for_the_peak() -> None:
    (group,) = parse_spec(example_pool()["spec"]).workers
    assert group.scaling.min_replicas == 0
    assert group.scaling.max_replicas >= 4
