"""Makes a Celery app a good citizen of a ReportWorkerPool, in one line: `revrx_worker.join(celery_app)`."""

from celery import Celery

from revrx_worker import heartbeat, stamp

__all__ = ["join"]


def join(app: Celery) -> None:
    """Let the workers of this app survive a Redis restart and show a heartbeat; let its messages carry their age.

    Call it once, where the app is made. It sets `worker_consumer`; an app that needs a consumer class of its own
    derives that from `revrx_worker.consumer.PoolConsumer` and sets it afterwards.
    """
    # By name: only a worker needs the consumer, and importing it costs a caller that merely sends tasks 0.3 s.
    app.conf.worker_consumer = "revrx_worker.consumer:PoolConsumer"
    heartbeat.connect(app)
    stamp.connect()
