"""A pool of an app that has never heard of revrx_worker."""

import json
import time

from tests.e2e.conftest import Measured
from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import MANIFESTS, replicas, wait_until_ready
from tests.e2e.waiting import eventually

TASKS = 8
SECONDS = 25

SEND = f"""
import os
from celery import Celery
app = Celery(broker=os.environ["REDIS_URL"])
for _ in range({TASKS}):
    app.send_task("foreign.work", args=[{SECONDS}], queue="foreign")
"""
TELL = """
import json, os, redis
told = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
print(json.dumps([told.lrange("started", 0, -1), told.lrange("ended", 0, -1)]))
"""


def test_a_foreign_app_grows_with_its_queue_and_shrinks_without_a_task_cut_off(
    stack: Kubectl, measured: Measured
) -> None:
    stack("apply", f"--filename={MANIFESTS / 'foreign.yaml'}")
    wait_until_ready(stack)

    stack.execute("client", "python", "-c", SEND)
    began = time.monotonic()
    eventually(lambda: replicas(stack), lambda count: count == TASKS // 2, "the pool has grown")
    grown = time.monotonic() - began
    eventually(lambda: len(told(stack)[0]), lambda started: started == TASKS, "all tasks run")
    eventually(lambda: replicas(stack), lambda count: count == 1, "the pool is at its minimum", within=180)

    started, ended = told(stack)
    measured(f"foreign app: {TASKS} tasks, all replicas in spec after {grown:.1f} s, {len(ended)} ended")
    assert sorted(started) == sorted(ended)
    assert len(set(started)) == len(started) == TASKS


def told(kubectl: Kubectl) -> tuple[list[str], list[str]]:
    """The tasks that were started, and those that came to their end."""
    started, ended = json.loads(kubectl.execute("client", "python", "-c", TELL))
    return started, ended
