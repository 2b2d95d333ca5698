"""A Celery app that knows nothing of pools: its one task sleeps for some seconds."""

import os
import time

from celery import Celery

app = Celery("foreign", broker=os.environ["BROKER"])
app.conf.update(broker_transport_options={"global_keyprefix": os.environ.get("KEY_PREFIX", "")})


@app.task(name="nap", acks_late=True)
def nap(seconds: float) -> None:
    time.sleep(seconds)


@app.task(name="limited", rate_limit="1/h")
def limited() -> None:
    pass
