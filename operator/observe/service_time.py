"""How long a task takes, learned from plain heartbeats: Little's law, busy time over tasks finished.

Any Celery worker's beat says how many tasks it runs (`active`) and how many it has ever begun (`processed`; celery
5.7.0, worker/state.py, task_accepted). Begun minus running is finished.
"""

import math
from dataclasses import dataclass, field

WINDOW_SECONDS = 300.0
"""What is older weighs less than 1/e."""
FEWEST_TASKS = 5
"""Tasks that have to finish before there is an answer: with fewer, one odd task would decide."""
LONGEST_GAP_SECONDS = 30.0
"""A worker unheard for longer is taken as a new one: what it did meanwhile is anybody's guess."""


@dataclass(slots=True)
class _Worker:
    """What one worker last said, and the task-seconds it has spent since one of its tasks last finished."""

    heard_at: float
    active: int
    processed: int
    unsettled: float = 0.0


@dataclass(slots=True)
class ServiceTime:
    """The mean time of the tasks of one group of workers over about five minutes.

    A worker's busy time counts when one of its tasks finishes, not before: a long task that begins after an idle hour
    would otherwise be held against the few short ones that finished before.
    """

    _workers: dict[str, _Worker] = field(default_factory=dict)
    _busy_seconds: float = 0.0
    _finished: float = 0.0
    _finished_ever: int = 0
    _settled_at: float = 0.0

    @property
    def seconds(self) -> float | None:
        """Mean seconds of one task; None before enough have finished."""
        if self._finished_ever < FEWEST_TASKS or not self._finished:
            return None
        return self._busy_seconds / self._finished

    def heard(self, worker: str, now: float, active: int, processed: int) -> None:
        """A worker runs ``active`` tasks and has begun ``processed`` since it started."""
        last = self._workers.get(worker)
        if last is None or processed < last.processed or not 0 <= now - last.heard_at <= LONGEST_GAP_SECONDS:
            self._workers[worker] = _Worker(now, active, processed)
            return
        unsettled = last.unsettled + (last.active + active) / 2 * (now - last.heard_at)
        finished = (processed - active) - (last.processed - last.active)
        if finished > 0:
            self._settle(now, unsettled, finished)
            unsettled = 0.0
        self._workers[worker] = _Worker(now, active, processed, unsettled)

    def forget_silent(self, now: float) -> None:
        """Let go of workers that were not heard for long; what their tasks took is not known."""
        for name in [name for name, worker in self._workers.items() if now - worker.heard_at > LONGEST_GAP_SECONDS]:
            del self._workers[name]

    def _settle(self, now: float, busy_seconds: float, finished: int) -> None:
        weight = math.exp(-max(0.0, now - self._settled_at) / WINDOW_SECONDS)
        self._busy_seconds = self._busy_seconds * weight + busy_seconds
        self._finished = self._finished * weight + finished
        self._finished_ever += finished
        self._settled_at = max(now, self._settled_at)
