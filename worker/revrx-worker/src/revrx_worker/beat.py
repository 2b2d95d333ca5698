"""What a worker says of itself in each of Celery's own heartbeats, for the operator to hear.

Celery 5.7.0, worker/heartbeat.py, `Heart._send`: right before each beat it sends the signal `heartbeat_sent`, then
publishes the beat with everything in `celery.worker.state.SOFTWARE_INFO`. So what the signal's receiver writes there
goes out with that very beat. The key is `revrx`:

- `queues`: those that tasks are taken from now, without those that the operator told it to leave alone
- `held`: tasks that it runs or has fetched and would run now; those that wait for their eta are left out
- `leaving`: a warm shutdown has begun
"""

import threading
import time
from typing import Any

from celery import Celery, bootsteps
from celery.signals import heartbeat_sent, worker_shutting_down
from celery.utils.log import get_logger
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

KEY = "revrx"
BEAT_SECONDS = 2.0

logger = get_logger(__name__)


def connect(app: Celery) -> None:
    """Let the workers of this app speak in each beat."""
    app.steps["consumer"].add(Beat)


class Beat(bootsteps.StartStopStep):
    """Consumer step: speaks in Celery's beats, and goes on beating while the worker finishes what it runs.

    Celery's own beats end where a warm shutdown begins, which may be minutes before the worker does.
    """

    def __init__(self, consumer: Any, **_: Any) -> None:
        self._consumer = consumer
        self._beats = False
        self._leaving = False
        heartbeat_sent.connect(self._speak, weak=False)
        worker_shutting_down.connect(self._leave, weak=False)

    def stop(self, consumer: Any) -> None:  # noqa: ARG002 -- the signature is Celery's
        """Either the connection is lost, and Celery beats again after the next start, or the worker ends."""
        if self._leaving and self._beats:
            threading.Thread(target=self._beat_until_the_end, name="revrx-beat", daemon=True).start()

    def _leave(self, **_: Any) -> None:
        self._leaving = True

    def _speak(self, **_: Any) -> None:
        from celery.worker import state  # noqa: PLC0415 - only a worker needs it, and a caller that sends tasks does not

        self._beats = True
        information: dict[str, Any] = state.SOFTWARE_INFO
        information[KEY] = {
            "queues": sorted(self._consumer.app.amqp.queues.consume_from),
            "held": len(state.reserved_requests) + self._held_back_by_rate_limits(),
            "leaving": self._leaving,
        }

    def _held_back_by_rate_limits(self) -> int:
        """Due tasks in the buckets of rate-limited task types, which Celery counts nowhere.

        Celery 5.7.0, worker/consumer/consumer.py, `_limit_task`; a bucket is a kombu.utils.limits.TokenBucket.
        """
        return sum(len(bucket.contents) for bucket in list(self._consumer.task_buckets.values()) if bucket)

    def _beat_until_the_end(self) -> None:
        while True:
            try:
                self._beat()
            except (OperationalError, RedisError, OSError) as error:
                logger.debug("revrx_worker.beat: %s", error)
            time.sleep(BEAT_SECONDS)

    def _beat(self) -> None:
        """As Celery's `Heart._send` does it."""
        from celery.worker import state  # noqa: PLC0415

        self._speak()
        with self._consumer.app.events.default_dispatcher(hostname=self._consumer.hostname) as dispatcher:
            dispatcher.send(
                "worker-heartbeat",
                freq=BEAT_SECONDS,
                active=len(state.active_requests),
                processed=state.all_total_count[0],
                **state.SOFTWARE_INFO,
            )
