"""The consumer that survives a Redis restart while its worker is busy."""

from typing import Any

from celery.worker.consumer import Consumer


class PoolConsumer(Consumer):
    """Celery's consumer without the second close that kills a busy worker when Redis goes away.

    Celery 5.7.0, worker/consumer/consumer.py, `on_connection_error_after_connected`: since 5.7 it calls
    `connection.collect()` and then also `connection.close()`. The collect is cut short in kombu 5.7.0
    (transport/redis.py: closing a channel reads the reply of a pending BRPOP and finds the socket dead), yet
    `transport.client` is cleared by then. The close that follows finds channels with unacknowledged messages, wants to
    put them back, asks `transport.client.hostname` where, and the AttributeError on None ends the worker:
    "Unrecoverable error".
    Celery 5.6.3 made only the first of the two calls and reconnected.

    Without the second close the running tasks also keep the channel that they acknowledge on, so that a task which
    finishes after the reconnect takes its message off `unacked` instead of leaving it to run once more.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.own_queues = tuple(sorted(self.app.amqp.queues.consume_from))
        """Those that the worker was started for, whatever it was told since."""

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Reconnect, the old connection being collected but not closed a second time."""
        if self.connection is not None:
            self.connection.close = _already_collected  # type: ignore[method-assign]
        super().on_connection_error_after_connected(exc)


def _already_collected() -> None:
    """Stands for `Connection.close` on a connection that `collect` has let go of."""
