from typing import Any

import pytest

from tests.unit.cases import load_cases
from tools.demo.stage import Outcome, Reading
from tools.demo.story import Sample, Story, final_line, shortcomings, times


@pytest.mark.parametrize("case", load_cases(__file__, "stories.yaml"))
def test_the_end_of_the_demo_tells_what_was_measured(case: dict[str, Any]) -> None:
    samples = [Sample(seconds, _reading(*numbers)) for seconds, *numbers in case["readings"]]
    story = Story(samples, Outcome(*case["outcome"]))
    assert final_line(story) == case["line"]
    assert shortcomings(story) == case["shortcomings"]
    if "times" in case:
        assert times(story) == case["times"]


def _reading(replicas: int, ready: int, done: int) -> Reading:
    return Reading(replicas, ready, waiting=0, running=0, completed=done, failed=0, reason="", message="")
