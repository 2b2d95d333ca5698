"""What a worker says of itself in each of Celery's own heartbeats, for the operator to hear.

Celery 5.7.0, worker/heartbeat.py, `Heart._send`: right before each beat it sends the signal `heartbeat_sent`, then
publishes the beat with everything in `celery.worker.state.SOFTWARE_INFO`. So what the signal's receiver writes there
goes out with that very beat. The key is `revrx`:

- `queues`: those that tasks are taken from now, without those that the operator told it to leave alone
- `held`: tasks that it runs or has fetched and would run now; those that wait for their eta are left out
- `leaving`: a warm shutdown has begun
"""

from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent, worker_init, worker_shutting_down

KEY = "revrx"


class Beat:
    """The words of one worker process; its app's queues are known, its controller once it starts."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._controller: Any = None
        self._leaving = False

    def connect(self) -> None:
        """Speak in each beat that this process sends from now on."""
        worker_init.connect(self._started, weak=False, dispatch_uid="revrx_worker.beat.started")
        worker_shutting_down.connect(self._left, weak=False, dispatch_uid="revrx_worker.beat.left")
        heartbeat_sent.connect(self._speak, weak=False, dispatch_uid="revrx_worker.beat.speak")

    def _started(self, sender: Any, **_: Any) -> None:
        self._controller = sender

    def _left(self, **_: Any) -> None:
        self._leaving = True

    def _speak(self, **_: Any) -> None:
        from celery.worker import state  # noqa: PLC0415 - only a worker needs it, and a caller that sends tasks does not

        information: dict[str, Any] = state.SOFTWARE_INFO
        information[KEY] = {
            "queues": sorted(self._app.amqp.queues.consume_from),
            "held": len(state.reserved_requests) + self._held_back_by_rate_limits(),
            "leaving": self._leaving,
        }

    def _held_back_by_rate_limits(self) -> int:
        """Due tasks in the buckets of rate-limited task types, which Celery counts nowhere.

        Celery 5.7.0, worker/consumer/consumer.py, `_limit_task`; a bucket is a kombu.utils.limits.TokenBucket.
        """
        consumer = getattr(self._controller, "consumer", None)
        buckets = list(consumer.task_buckets.values()) if consumer else []
        return sum(len(bucket.contents) for bucket in buckets if bucket)
