"""The Celery app of the real run: its task says when it starts, and sleeps. It reaches the workers by a ConfigMap."""

import json
import os
import time

from celery import Celery
from redis import Redis

import revrx_worker

celery_app = Celery("work")
celery_app.conf.update(task_acks_late=True, broker_connection_retry_on_startup=True)
revrx_worker.join(celery_app)


@celery_app.task(name="work", ignore_result=True)
def work(number: int, enqueued_at: float, seconds: float) -> None:
    """Keep a slot busy."""
    with Redis.from_url(os.environ["REDIS_URL"]) as redis:
        redis.rpush("started", json.dumps([number, enqueued_at, time.time()]))
    time.sleep(seconds)
