"""A Celery app whose tasks end in every way there is, with metrics of its own."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import prometheus_client
from celery import Celery
from celery.exceptions import Ignore, Reject

import revrx_worker

WORDS = revrx_worker.metrics.counter("metered_words", "Words that were echoed.")
LENGTHS = revrx_worker.metrics.histogram("metered_length", "Letters of words.", ["kind"], buckets=[2, 4])
PLAIN = prometheus_client.Counter("metered_plain", "A counter that is no concern of ours.")

app = Celery("metered")
app.conf.update(worker_prefetch_multiplier=1, worker_pool_start_method=os.environ.get("METERED_START_METHOD", "fork"))
revrx_worker.join(app)


@app.task(name="echo")
def echo(word: str) -> int:
    """Gives the process that ran it."""
    WORDS.inc()
    LENGTHS.labels("short").observe(len(word))
    PLAIN.inc()
    return os.getpid()


@app.task(name="fail")
def fail() -> None:
    raise ValueError("no")


@app.task(name="retry_once", bind=True, max_retries=1)
def retry_once(self: Any) -> None:
    if not self.request.retries:
        raise self.retry(countdown=0)


@app.task(name="reject")
def reject() -> None:
    raise Reject("no")


@app.task(name="ignore")
def ignore() -> None:
    raise Ignore


@app.task(name="calls_another_itself")
def calls_another_itself() -> None:
    echo.apply(("well",))


@app.task(name="hold")
def hold(until: str) -> None:
    """Run until the file exists."""
    while not Path(until).exists():
        time.sleep(0.05)


@app.task(name="die")
def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="die_once", acks_late=True, reject_on_worker_lost=True)
def die_once(died: str) -> None:
    """Its message is given back, and the second run comes to its end."""
    if not Path(died).exists():
        Path(died).touch()
        os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="overrun", time_limit=1)
def overrun() -> None:
    time.sleep(60)
