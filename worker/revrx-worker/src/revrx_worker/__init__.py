"""Makes a Celery app a good citizen of a ReportWorkerPool, in one line: `revrx_worker.join(celery_app)`."""

from celery import Celery

from revrx_worker import autoreload, beat, broker, commands, heartbeat, lease, metrics, stamp
from revrx_worker.throttle import throttled

__all__ = ["join", "metrics", "throttled"]


def join(app: Celery) -> None:
    """Let the workers of this app survive a Redis restart and show that they live; let its messages carry their age.

    The app enters its Redis as the pool says: by REDIS_PASSWORD, a CA and Sentinels (`revrx_worker.broker`).

    What a living worker holds is given to no other, however short the visibility timeout (`revrx_worker.lease`).

    What a worker holds and takes tasks from goes out with each of Celery's heartbeats, which the operator hears.

    Its workers understand some remote commands more (`revrx_worker.commands`), and the option `--autoreload`.

    They serve metrics for Prometheus where REVRX_METRICS_PORT names a port (`revrx_worker.metrics`).

    Call it once, where the app is made. It sets `worker_consumer`; an app that needs a consumer class of its own
    derives that from `revrx_worker.consumer.PoolConsumer` and sets it afterwards.
    """
    # By name: only a worker needs the consumer, and importing it costs a caller that merely sends tasks 0.3 s.
    app.conf.worker_consumer = "revrx_worker.consumer:PoolConsumer"
    broker.connect(app)
    autoreload.connect(app)
    beat.connect(app)
    commands.connect(app)
    heartbeat.connect(app)
    lease.connect(app)
    metrics.connect(app)
    stamp.connect()
