"""A Celery app whose one task sleeps for some seconds and then leaves its name in Redis."""

import os
import time

import redis
from celery import Celery

import revrx_worker

app = Celery("sleeper", broker=os.environ["CELERY_BROKER_URL"])
app.conf.update(task_default_queue="naps", task_acks_late=True, broker_connection_retry_on_startup=True)
revrx_worker.join(app)


@app.task(name="nap")
def nap(name: str, seconds: float) -> None:
    with redis.Redis.from_url(app.conf.broker_url) as client:
        client.rpush("begun", name)
        time.sleep(seconds)
        client.rpush("ended", name)
