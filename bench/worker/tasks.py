"""The Celery app of the bench: the bundled one, with tasks and an engine that do next to nothing.

`celery -A bench.worker.tasks worker` with REVRX_BENCH_EMPTY=1 has an engine that reads nothing.
"""

import os
import time

from app import engines
from app.celery_app import celery_app
from app.engines import Reading
from app.engines.api import Ask


class EmptyEngine:
    """Reads nothing."""

    def read(self, text: str, ask: Ask) -> Reading:  # noqa: ARG002 - the signature of an engine
        """Give an empty reading."""
        return Reading("")


def _empty_engine() -> engines.Engine:
    return EmptyEngine()


if os.environ.get("REVRX_BENCH_EMPTY"):
    engines.load = _empty_engine  # type: ignore[assignment]


@celery_app.task(name="bench.nothing")
def nothing(_: str) -> dict[str, str]:
    """Do nothing, and give back as much as the task of a report."""
    return {"report": _, "outcome": "completed"}


@celery_app.task(name="bench.waits")
def waits(seconds: float) -> None:
    """Wait, as for an API."""
    time.sleep(seconds)


@celery_app.task(name="bench.computes")
def computes(steps: int) -> None:
    """Keep a core busy."""
    for _ in range(steps):
        pass


@celery_app.task(name="bench.mixed")
def mixed(seconds: float, steps: int) -> None:
    """Wait, then compute."""
    time.sleep(seconds)
    for _ in range(steps):
        pass
