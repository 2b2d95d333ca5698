"""The time at which a message was sent, written on the message: Redis lists know no age."""

import time
from typing import Any

from celery.signals import before_task_publish

HEADER = "revrx-enqueued-at"


def stamp_enqueue_time(headers: dict[str, Any], **_: Any) -> None:
    """Write the header `revrx-enqueued-at`, seconds since 1970 by the sender's clock; a retry is stamped anew."""
    headers[HEADER] = time.time()


def connect() -> None:
    """Stamp every task that this process sends from now on."""
    before_task_publish.connect(stamp_enqueue_time, dispatch_uid="revrx_worker.stamp")
