"""Keeps what a living worker holds from being given to another, so that the visibility timeout may be short.

kombu's Redis transport gives a message back to its queue when the worker that fetched it has not acknowledged it within
the visibility timeout, dead or not: with a short one a long task runs twice, with a long one the work of a dead worker
is back in an hour. Celery has no lease. Here each worker says again and again that it holds what it holds: it writes
the present time as the score of its messages in `unacked_index` (kombu 5.7.0, transport/redis.py, `QoS.append` and
`restore_visible`). Whatever is older than the timeout then belongs to a worker that is no more.
"""

import threading
import time
from typing import Any

from celery import Celery, bootsteps
from celery.utils.log import get_logger
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

DEFAULT_SECONDS = 3600.0
"""kombu's own visibility timeout (5.7.0, transport/redis.py, `Channel.visibility_timeout`)."""
RENEWALS = 6
"""Within a timeout, so that an outage of Redis of half of it takes nothing away."""

logger = get_logger(__name__)


def connect(app: Celery) -> None:
    """Let the workers of this app keep what they hold."""
    app.steps["consumer"].add(Lease)


class Lease(bootsteps.StartStopStep):
    """Consumer step: renews from a thread of its own, which goes on until the process ends.

    The timer of the worker's main loop would not do: the pool `solo` runs its tasks in that loop, and it stops where a
    warm shutdown begins, while the last tasks still run.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        options = consumer.app.conf.broker_transport_options or {}
        self._interval = float(options.get("visibility_timeout", DEFAULT_SECONDS)) / RENEWALS
        self._channels: tuple[Any, ...] = ()
        self._thread: threading.Thread | None = None

    def start(self, consumer: Any) -> None:
        """Called again after each reconnect: what runs since before then is still acknowledged on the old channel."""
        channel = consumer.task_consumer.channel
        if not hasattr(channel, "unacked_index_key"):  # not Redis
            return
        for held in self._channels:
            renew(held)  # at once: the outage may have lasted for most of the timeout
        self._channels = (*filter(_held, self._channels), channel)
        if self._thread is None:
            self._thread = threading.Thread(target=self._renew_until_the_end, name="revrx-lease", daemon=True)
            self._thread.start()

    def stop(self, consumer: Any) -> None:
        """Nothing ends here: in a warm shutdown the running tasks are held until they are done."""

    def _renew_until_the_end(self) -> None:
        while True:
            time.sleep(self._interval)
            for channel in self._channels:
                renew(channel)


def renew(channel: Any) -> None:
    """Say that what was fetched on the channel, and is not acknowledged, is held."""
    held = _held(channel)
    if not held:
        return
    now = time.time()
    try:
        with channel.conn_or_acquire() as client:
            # Only what is there still: a message that was acknowledged meanwhile must not come back.
            client.zadd(channel.unacked_index_key, dict.fromkeys(held, now), xx=True)
    except (OperationalError, RedisError, OSError, AttributeError) as error:
        # The last is what kombu's channel raises while the main thread lets go of its connection.
        logger.warning("%d messages could not be kept: %s", len(held), error)


def _held(channel: Any) -> list[str]:
    """The delivery tags of what was fetched and not acknowledged (kombu 5.7.0, transport/virtual/base.py, `QoS`)."""
    qos = channel.qos
    return [tag for tag in list(qos._delivered) if tag not in qos._dirty]
