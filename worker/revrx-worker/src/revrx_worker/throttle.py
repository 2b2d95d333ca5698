"""Tells the operator that an API answers 429: more workers would only be turned away too."""

import threading
import time
from typing import Any

from celery import Task
from celery.utils.log import get_logger
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

EVENT = "revrx-throttled"
PAUSE_SECONDS = 1.0

logger = get_logger(__name__)


class _Gate:
    """Lets one through in each second, whatever the number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_until = 0.0

    def passes(self, now: float) -> bool:
        with self._lock:
            if now < self._closed_until:
                return False
            self._closed_until = now + PAUSE_SECONDS
            return True


_gate = _Gate()


def throttled(task: "Task[Any, Any]") -> None:
    """Say that an API turned this task away for the rate of its requests; call it whenever that happens.

    It sends a Celery event (`Task.send_event`, which works in every process and thread that runs tasks), at most one a
    second from each process. Where the broker is away it says nothing: the task is not to suffer.
    """
    if not _gate.passes(time.monotonic()):
        return
    try:
        task.send_event(EVENT, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        logger.debug("revrx_worker.throttled: %s", error)
