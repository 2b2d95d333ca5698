import asyncio
from collections.abc import Sequence

import pytest

from tools.demo import play
from tools.demo.play import Play
from tools.demo.stage import Outcome, Reading, StageError
from tools.demo.story import Sample

IDLE = Reading(0, 0, 0, 0, 0, 0, "Idle", "")
STARTING = Reading(2, 0, 2, 0, 0, 0, "QueueDepth", "")
RUNNING = Reading(2, 2, 0, 2, 0, 0, "QueueDepth", "")
FINISHED = Reading(2, 2, 0, 0, 2, 0, "Idle", "")
GONE = Reading(0, 0, 0, 0, 2, 0, "Idle", "")


class ScriptedStage:
    """A stage whose readings are known beforehand; the last one stays. Reports finish when that reading is taken."""

    def __init__(self, *readings: Reading, trouble: str = "") -> None:
        self._readings = list(readings)
        self._trouble = trouble
        self._finished = asyncio.Event()
        self.submitted: list[str] = []

    async def start(self) -> None: ...

    async def reading(self) -> Reading:
        now = self._readings.pop(0) if len(self._readings) > 1 else self._readings[0]
        if now.done == 2:
            self._finished.set()
        return now

    async def submit(self, encounters: str) -> Outcome:
        self.submitted = encounters.splitlines()
        if self._trouble:
            raise StageError(self._trouble)
        await self._finished.wait()
        return Outcome(completed=2, failed=0)

    async def show(self, report_id: str) -> str:
        return report_id

    async def stop(self) -> list[str]:
        return []


class NoView:
    def say(self, line: str) -> None: ...

    def show(self, samples: Sequence[Sample]) -> None: ...

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "LOOK_SECONDS", 0)


async def test_reports_go_in_once_the_pool_is_at_zero_and_the_story_ends_when_it_is_there_again() -> None:
    stage = ScriptedStage(STARTING, IDLE, STARTING, RUNNING, FINISHED, FINISHED, GONE)
    story = await Play(stage, NoView(), 2).perform()
    assert [story.samples[0].reading, story.samples[-1].reading] == [IDLE, GONE]
    assert story.samples[0].seconds == 0
    assert story.outcome == Outcome(completed=2, failed=0)
    assert len(stage.submitted) == 2


async def test_a_submit_that_fails_ends_the_demo_with_what_it_said() -> None:
    stage = ScriptedStage(IDLE, IDLE, STARTING, trouble="Redis cannot be reached")
    with pytest.raises(StageError, match="Redis cannot be reached"):
        await Play(stage, NoView(), 2).perform()


@pytest.mark.parametrize(
    ("readings", "limit", "doing"),
    [
        ([STARTING], "SETTLE_SECONDS", "settling at 0"),
        ([IDLE, STARTING], "FINISH_SECONDS", "finishing the reports"),
        ([IDLE, FINISHED], "SHRINK_SECONDS", "shrinking back to 0 replicas"),
    ],
)
async def test_what_takes_too_long_is_named(
    readings: list[Reading], limit: str, doing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play, limit, 0.01)
    with pytest.raises(StageError, match=f"timed out after 0 s while {doing}: .* replicas 2"):
        await Play(ScriptedStage(*readings), NoView(), 2).perform()
