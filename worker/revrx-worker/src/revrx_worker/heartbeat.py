"""The heartbeat file that the kubelet's probes read.

It exists once the worker is ready (readiness) and stays younger than 600 s while the worker's main loop turns and,
whenever it has room for tasks, fetches (liveness). Environment: REVRX_HEARTBEAT_FILE, the path; unset, no heartbeat.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from celery import Celery, bootsteps
from celery.signals import worker_init, worker_ready
from celery.utils.log import get_logger

BEAT_SECONDS = 2.0
DEAF_AFTER_SECONDS = 60.0

logger = get_logger(__name__)


def connect(app: Celery) -> None:
    """Let the workers of this app beat."""
    app.steps["consumer"].add(Heartbeat)
    worker_init.connect(_remove_stale_file, dispatch_uid="revrx_worker.heartbeat.stale")
    worker_ready.connect(_first_beat, dispatch_uid="revrx_worker.heartbeat.first")


class Heartbeat(bootsteps.StartStopStep):
    """Consumer step: while the broker is connected, the timer of the worker's main loop writes the file.

    That loop goes on turning while the pools prefork and threads run tasks; the solo pool runs its tasks in the loop
    and beats between them.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        consumer.revrx_heartbeat = self
        self._timer_entry: Any = None
        self._room_since: float | None = None

    def start(self, consumer: Any) -> None:
        """Begin to beat; called again after each reconnect."""
        self._room_since = None
        if _path():
            self._timer_entry = consumer.timer.call_repeatedly(BEAT_SECONDS, self.beat, (consumer,))

    def stop(self, consumer: Any) -> None:  # noqa: ARG002 -- the signature is Celery's
        """Stop beating: the connection is lost, or the worker ends."""
        if self._timer_entry:
            self._timer_entry.cancel()
            self._timer_entry = None

    def beat(self, consumer: Any) -> None:
        """Write the file, unless the worker has had room for a minute and fetched nothing."""
        path = _path()
        if path is None:
            return
        age = self._fetch_age(consumer, time.monotonic())
        if age is None or age <= DEAF_AFTER_SECONDS:
            _write(path, hostname=consumer.hostname, fetch_age=age)
        else:
            logger.error("The broker is connected and there is room, but nothing was fetched for %.0f s", age)

    def _fetch_age(self, consumer: Any, now: float) -> float | None:
        """Seconds since the last fetch, counted from when there was room for it; None while there is no room."""
        channel = consumer.task_consumer.channel
        # No queue is selected when the operator has told this worker to take nothing new.
        if not consumer.app.amqp.queues.consume_from or not channel.qos.can_consume():
            self._room_since = None
            return None
        self._room_since = self._room_since or now
        # kombu 5.7.0, transport/redis.py: the monotonic time of the last BRPOP; while there is room one follows another
        # at most a second later.
        last_fetch = getattr(channel, "_brpop_sent_at", now)
        return now - max(self._room_since, last_fetch or 0.0)


def _path() -> Path | None:
    path = os.environ.get("REVRX_HEARTBEAT_FILE")
    return Path(path) if path else None


def _remove_stale_file(**_: Any) -> None:
    """Remove what an earlier container of the pod left: it would call this worker ready before it is."""
    path = _path()
    if path:
        path.unlink(missing_ok=True)


def _first_beat(sender: Any, **_: Any) -> None:
    sender.revrx_heartbeat.beat(sender)


def _write(path: Path, *, hostname: str, fetch_age: float | None) -> None:
    """Write and rename, so that no reader sees half a file; a folder that cannot be written to ends no worker."""
    content = {
        "hostname": hostname,
        "time": time.time(),
        "has_room": fetch_age is not None,
        "fetch_age_seconds": None if fetch_age is None else round(fetch_age, 1),
    }
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(json.dumps(content) + "\n")
        fresh.replace(path)
    except OSError as error:
        logger.error("REVRX_HEARTBEAT_FILE: %s", error)
