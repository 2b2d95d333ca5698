"""The demo from beginning to end, on any stage."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace

from tools.demo.encounters import repeated
from tools.demo.reports import ENCOUNTERS
from tools.demo.stage import Outcome, Reading, Stage, StageError
from tools.demo.story import Sample, Story
from tools.demo.view import View, plain

LOOK_SECONDS = 0.25
START_SECONDS = 180.0
SETTLE_SECONDS = 60.0
FINISH_SECONDS = 300.0
SHRINK_SECONDS = 120.0


class Play:
    """One demo under way: its stage, what was seen so far, and who is shown it."""

    def __init__(self, stage: Stage, view: View, count: int) -> None:
        self._stage = stage
        self._view = view
        self._encounters = repeated(ENCOUNTERS.read_text().splitlines(), count)
        self._samples: list[Sample] = []
        self._began_at = time.monotonic()

    async def perform(self) -> Story:
        """Start, see 0 replicas, submit, see every report finished and 0 replicas again. Raises StageError."""
        await self._start()
        await self._until(lambda now: now.reason == "Idle" and not now.replicas, "settling at 0", SETTLE_SECONDS)
        outcome = await self._submit_and_watch()
        await self._until(lambda now: not now.replicas, "shrinking back to 0 replicas", SHRINK_SECONDS)
        return Story(self._samples, outcome)

    @property
    def first_report(self) -> str:
        """Id of one of the reports."""
        return str(json.loads(self._encounters[0])["id"])

    async def _start(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._stage.start()
        except TimeoutError:
            raise StageError(f"timed out after {START_SECONDS:.0f} s while starting") from None

    async def _submit_and_watch(self) -> Outcome:
        self._samples = [replace(self._samples[-1], seconds=0.0)]
        self._view.say(f"submitting {len(self._encounters)} reports")
        self._began_at = time.monotonic()
        submitting = asyncio.create_task(self._stage.submit("\n".join(self._encounters)))
        try:
            await self._until(lambda _: submitting.done(), "finishing the reports", FINISH_SECONDS)
            return submitting.result()
        finally:
            submitting.cancel()
            await asyncio.gather(submitting, return_exceptions=True)

    async def _until(self, condition: Callable[[Reading], bool], doing: str, seconds: float) -> None:
        """Look again and again until the condition holds. Raises StageError when that takes longer than it may."""
        deadline = time.monotonic() + seconds
        while True:
            reading = await self._stage.reading()
            self._samples.append(Sample(time.monotonic() - self._began_at, reading))
            self._view.show(self._samples)
            if condition(reading):
                return
            if time.monotonic() > deadline:
                now = f"{plain(self._samples[-1])}: {reading.message}"
                raise StageError(f"timed out after {seconds:.0f} s while {doing}: {now}")
            await asyncio.sleep(LOOK_SECONDS)
