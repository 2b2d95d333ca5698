"""The Celery app of the workers: the product's own, whose reports take 20 to 60 s and leave a trace of every run."""

import os
import time
from typing import Any
from zlib import crc32

from celery.signals import task_postrun, task_prerun
from sqlalchemy import text

from app import engines
from app.celery_app import celery_app
from app.database import engine
from app.engines import Reading
from app.engines.api import Ask
from app.settings import Settings

__all__ = ["SlowEngine", "celery_app", "seconds_for"]

SHORTEST_SECONDS = 20
LONGEST_SECONDS = 60

BEGIN = "insert into killer_runs (report_id, pod, began) values (:report_id, :pod, :now) returning number"
END = "update killer_runs set ended = :now, outcome = :outcome where number = :number"


class SlowEngine:
    """Takes its time and nothing else: thirty workers have to start on two cores, which the embedded one makes long."""

    def __init__(self, _: Settings) -> None:
        """It has none."""

    def read(self, text: str, ask: Ask) -> Reading:
        """Read the text of one encounter."""
        seconds = seconds_for(text)
        time.sleep(seconds)
        return Reading(f"read for {seconds} s")


def seconds_for(text: str) -> int:
    """How long the reading of a text takes: the same for the same text."""
    return SHORTEST_SECONDS + crc32(text.encode()) % (LONGEST_SECONDS - SHORTEST_SECONDS + 1)


engines.ENGINES["embedded"] = f"{__name__}:{SlowEngine.__name__}"

_numbers: list[int] = []
"""Of the run that this process is in; a prefork child runs one task at a time."""


@task_prerun.connect
def _begun(args: list[Any], **_: Any) -> None:
    with engine().begin() as connection:
        run = {"report_id": args[0], "pod": os.environ["HOSTNAME"], "now": time.time()}
        _numbers.append(connection.scalar(text(BEGIN), run) or 0)


@task_postrun.connect
def _ended(retval: Any, **_: Any) -> None:
    outcome = retval["outcome"] if isinstance(retval, dict) else repr(retval)
    with engine().begin() as connection:
        connection.execute(text(END), {"number": _numbers.pop(), "now": time.time(), "outcome": outcome})
