"""The heartbeats of workers that are not there, published as Celery publishes them.

A program of its own: it runs in a pod beside Redis, takes the workers' names as JSON from its input, and publishes
until it is stopped. It is handed over as text, and so imports nothing of this package.
"""

import base64
import itertools
import json
import sys
import time

import redis

CHANNEL = "/0.celeryev/worker.heartbeat"
BEAT_SECONDS = 2.0
SLICES = 40


def message(worker: str, clock: int) -> str:
    """Give a heartbeat as kombu 5.7 wraps it (transport/virtual/base.py, prepare_message)."""
    event = {
        "hostname": f"worker@{worker}",
        "utcoffset": 0,
        "pid": 1,
        "clock": clock,
        "freq": BEAT_SECONDS,
        "active": 0,
        "processed": 100,
        "loadavg": [0.5, 0.5, 0.5],
        "sw_ident": "py-celery",
        "sw_ver": "5.7.0",
        "sw_sys": "Linux",
        "timestamp": time.time(),
        "type": "worker-heartbeat",
        "revrx": {"held": 0, "queues": [worker.rsplit("-", 3)[0]], "leaving": False},
    }
    return json.dumps(
        {
            "body": base64.b64encode(json.dumps(event).encode()).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"hostname": f"worker@{worker}"},
            "properties": {
                "delivery_mode": 1,
                "delivery_info": {"exchange": "celeryev", "routing_key": "worker.heartbeat"},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": "00000000-0000-0000-0000-000000000000",
            },
        }
    )


def main() -> None:
    """Publish each worker's heartbeat every two seconds, spread evenly."""
    workers: list[str] = json.loads(sys.stdin.readline())
    client = redis.Redis(host=sys.argv[1])
    due = time.monotonic()
    for turn in itertools.count():
        pipeline = client.pipeline(transaction=False)
        for worker in workers[turn % SLICES :: SLICES]:
            pipeline.publish(CHANNEL, message(worker, turn))
        pipeline.execute()
        due += BEAT_SECONDS / SLICES
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
