"""The Celery app of the bench's workers: its one task holds a slot. It reaches them by a ConfigMap."""

import time

from celery import Celery

import revrx_worker

celery_app = Celery("hold")
# Late, as the bundled app does: a message that is being worked on still counts as the worker's.
celery_app.conf.update(task_acks_late=True, broker_connection_retry_on_startup=True)
revrx_worker.join(celery_app)


@celery_app.task(name="hold")
def hold(seconds: float) -> None:
    """Keep the worker busy."""
    time.sleep(seconds)
