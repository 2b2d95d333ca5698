"""A Celery app whose tasks sleep, or meet an API that turns them away; told to, it joins its pool."""

import os
import time
from typing import Any

from celery import Celery

import revrx_worker

app = Celery("napper", broker=os.environ["BROKER"])
app.conf.update(task_acks_late=True, broker_transport_options={"global_keyprefix": os.environ["KEY_PREFIX"]})
if os.environ["JOINS"]:
    revrx_worker.join(app)


@app.task(name="nap")
def nap(seconds: float) -> None:
    time.sleep(seconds)


@app.task(name="limited", rate_limit="1/h")
def limited() -> None:
    pass


@app.task(name="turned_away", bind=True)
def turned_away(self: Any, times: int) -> None:
    """An API answers 429, so many times in a row."""
    for _ in range(times):
        revrx_worker.throttled(self)
        time.sleep(0.01)
