"""Where the demo plays: on this machine or on kind; and what is seen of it at one moment."""

from dataclasses import dataclass
from typing import Protocol


class StageError(Exception):
    """Something that the reader of the message has to cure; ends the demo without a traceback."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is, at one moment."""

    replicas: int
    """Workers that exist: processes or pods, those that are starting or ending included."""
    ready: int
    """Workers that consume."""
    waiting: int
    """Reports that no worker has begun."""
    running: int
    completed: int
    failed: int
    reason: str
    """The operator's, for the replicas that it wants: a word."""
    message: str
    """The same as a sentence."""

    @property
    def done(self) -> int:
        """Reports that are finished, well or badly."""
        return self.completed + self.failed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What ``revrx-reports submit --wait`` ended with, in reports."""

    completed: int
    failed: int


class Stage(Protocol):
    """Redis, a database, the operator with the pool of the example, and a way to put reports in."""

    async def start(self) -> None:
        """Return once everything stands and the pool is watched. Raises StageError."""

    async def reading(self) -> Reading:
        """What is now. Raises StageError."""

    async def submit(self, encounters: str) -> Outcome:
        """Submit the encounters, a JSON object a line, and wait until all are finished. Raises StageError."""

    async def show(self, report_id: str) -> str:
        """A report as a person reads it. Raises StageError."""

    async def stop(self) -> list[str]:
        """End and remove whatever start and submit have made, finished or not; says what that was."""
