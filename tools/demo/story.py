"""What happened, told from readings alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.demo.stage import Outcome, Reading

ENOUGH_REPLICAS = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """A reading, and when it was taken: seconds since the reports began to be submitted."""

    seconds: float
    reading: Reading


@dataclass(frozen=True, slots=True)
class Story:
    """A demo that went all the way: its samples in order, the first taken before anything was submitted."""

    samples: Sequence[Sample]
    outcome: Outcome

    @property
    def peak(self) -> Sample:
        """When most replicas were ready at once, the first such moment."""
        return max(self.samples, key=lambda sample: sample.reading.ready)

    @property
    def first_ready(self) -> Sample | None:
        """When there was a ready replica for the first time."""
        return next((sample for sample in self.samples if sample.reading.ready), None)

    @property
    def finished(self) -> Sample | None:
        """When every report was finished."""
        total = self.outcome.completed + self.outcome.failed
        return next((sample for sample in self.samples if sample.reading.done >= total), None)


def final_line(story: Story) -> str:
    """The line that the demo ends with. Its N is the peak of ready replicas."""
    first, last = story.samples[0].reading.replicas, story.samples[-1].reading.replicas
    outcome, peak = story.outcome, story.peak.reading.ready
    return f"demo: {outcome.completed} reports completed, {outcome.failed} failed, replicas {first} -> {peak} -> {last}"


def shortcomings(story: Story) -> list[str]:
    """What keeps the demo from being a success; empty for one that is."""
    lacks = []
    if story.outcome.failed:
        lacks.append(f"{story.outcome.failed} reports failed")
    if story.peak.reading.ready < ENOUGH_REPLICAS:
        lacks.append(f"only {story.peak.reading.ready} replicas were ready at once, not {ENOUGH_REPLICAS}")
    return lacks


def times(story: Story) -> list[str]:
    """How long everything took, a line each."""
    lines = []
    if story.first_ready:
        lines.append(f"first replica ready    {story.first_ready.seconds:5.1f} s after the first report was submitted")
    lines.append(f"most replicas ready    {story.peak.seconds:5.1f} s, {story.peak.reading.ready} of them")
    if story.finished:
        rate = story.outcome.completed / story.finished.seconds
        lines.append(f"all reports finished   {story.finished.seconds:5.1f} s, {rate:.1f} reports a second")
    lines.append(f"no replica left        {story.samples[-1].seconds:5.1f} s")
    return lines
