"""Counts and times the runs of tasks, in whichever process they run.

The signals `task_prerun` and `task_postrun` are sent where the task runs: in a child of a prefork pool, else in the
worker's one process. A run that ends with its child killed sends no `task_postrun`; Celery's main process hears of it
from the pool, in `Request.on_failure`.

The signal `task_failure` would not do for those: with `task_reject_on_worker_lost` it is not sent for a killed child,
and for a hard time limit it is sent twice (Celery 5.7.0, worker/request.py, `on_failure` and `on_timeout`).
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import Celery, states
from celery.signals import task_postrun, task_prerun
from celery.utils.imports import symbol_by_name
from celery.worker.request import Request
from prometheus_client import Counter, Histogram

from revrx_worker import metrics
from revrx_worker.stamp import HEADER

FAILED = "failed"
ENDS = {
    states.SUCCESS: "succeeded",
    states.FAILURE: FAILED,
    states.RETRY: "retried",
    states.REJECTED: "rejected",
    states.IGNORED: "ignored",
}
"""The label `state`, by the `state` of `task_postrun`, which is None where the process is about to end (SystemExit)."""

OTHER_QUEUE = "other"
QUEUE = "revrx-queue"
"""Entry of a task's request, written by the main process, which is the one that knows all queues of the worker."""

STARTED = "revrx-started"
"""Entry of a task's request: when the run began, by the monotonic clock, in seconds."""


@dataclass(frozen=True)
class _Series:
    tasks: Counter
    run_seconds: Histogram
    wait_seconds: Histogram


@cache
def _series() -> _Series:
    """Made by the first process that serves or runs tasks."""
    by = ("task", "queue")
    return _Series(
        metrics.counter("revrx_worker_tasks", "Runs of tasks, by how they ended.", (*by, "state")),
        metrics.histogram("revrx_worker_task_run_seconds", "How long tasks ran.", by),
        metrics.histogram("revrx_worker_task_wait_seconds", "How long tasks waited before they ran.", by),
    )


def count() -> None:
    """Count the runs of this process, and of those that it forks."""
    task_prerun.connect(_begin, dispatch_uid="revrx_worker.runs.begin")
    task_postrun.connect(_end, dispatch_uid="revrx_worker.runs.end")


def prepare_requests(app: Celery) -> None:
    """Let requests name their queue, and count if their process is killed; before the worker makes its consumer."""
    for task in app.tasks.values():
        # A name by default, but a class does as well (Celery 5.7.0, worker/strategy.py, `default`).
        task.Request = _counting(symbol_by_name(task.Request))  # type: ignore[assignment]


def queue_name(queues: Mapping[str, Any], routing_key: str | None) -> str:
    """The queue that a message with this routing key came from, among those that the worker knows.

    A message says no more of its queue, and a sender may write any routing key: one that no queue bears is `other`, so
    that the number of series stays bounded.
    """
    if routing_key in queues:
        return str(routing_key)
    return next((name for name, queue in list(queues.items()) if queue.routing_key == routing_key), OTHER_QUEUE)


def waited_seconds(stamp: object, eta: object, now: float) -> float | None:
    """From the moment that the message was stamped until now, both in seconds since 1970; None without a stamp.

    A task that was to wait for its eta counts from then, as in the operator's age of the oldest message. The stamp is
    by another machine's clock, which may be ahead: it waited no time, then.
    """
    if not isinstance(stamp, (int, float)) or not math.isfinite(stamp):
        return None
    due = _seconds(eta) if isinstance(eta, str) else None
    return max(0.0, now - max(stamp, due or stamp))


def _seconds(eta: str) -> float | None:
    try:
        moment = datetime.fromisoformat(eta)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _begin(task: Any, **_: Any) -> None:
    request = task.request
    if request.is_eager:  # a part of the task that calls it
        return
    waited = waited_seconds(request.get(HEADER), request.eta, time.time())
    if waited is not None:
        _series().wait_seconds.labels(task.name, request.get(QUEUE)).observe(waited)
    setattr(request, STARTED, time.monotonic())


def _end(task: Any, state: str | None, **_: Any) -> None:
    request = task.request
    started, end = getattr(request, STARTED, None), ENDS.get(state or "")
    if started is None or end is None:
        return
    labels = (task.name, request.get(QUEUE))
    _series().run_seconds.labels(*labels).observe(time.monotonic() - started)
    _series().tasks.labels(*labels, end).inc()


class _CountingRequest(Request):
    """Names its queue to whoever runs it, and counts a run as failed whose process was killed."""

    _request_dict: dict[str, Any]
    _already_cancelled: bool
    _already_revoked: bool

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        queues: Mapping[str, Any] = self.task.app.amqp.queues
        self._request_dict[QUEUE] = queue_name(queues, self.delivery_info.get("routing_key"))

    def on_failure(self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False) -> None:
        """The run failed; `return_ok` says that the task itself raised, which `task_postrun` has counted."""
        if not return_ok and self._was_killed(exc_info):
            _series().tasks.labels(self.task.name, self._request_dict[QUEUE], FAILED).inc()
        super().on_failure(exc_info, send_failed_event, return_ok)

    def _was_killed(self, exc_info: Any) -> bool:
        """Revoking a task, or losing the broker, may kill its process on purpose; that is no failure."""
        error = exc_info.exception
        error = getattr(error, "exc", error)  # billiard wraps what comes from another process
        killed = (WorkerLostError, TimeLimitExceeded, SystemExit, KeyboardInterrupt)
        return isinstance(error, killed) and not (self._already_cancelled or self._already_revoked)


@cache
def _counting(request: type[Request]) -> type[Request]:
    """The class of a task's requests, which may be the app's own, with the counting added."""
    return type("CountingRequest", (_CountingRequest, request), {})
