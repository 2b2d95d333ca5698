"""The messages that are enqueued: Celery's own, laid into the queue in one step."""

from celery import Celery
from redis import Redis

COUNT = 50
HOLD_SECONDS = 3600
"""Longer than any run."""
SCRATCH_DATABASE = 1


def prepare(redis: Redis, queue: str) -> list[bytes]:
    """Give the messages as Celery puts them into Redis, by having it send them to a database where nobody listens."""
    port = redis.get_connection_kwargs()["port"]
    with (
        Celery(broker=f"redis://127.0.0.1:{port}/{SCRATCH_DATABASE}") as sender,
        Redis(port=port, db=SCRATCH_DATABASE) as scratch,
    ):
        for _ in range(COUNT):
            sender.send_task("hold", args=[HOLD_SECONDS], queue=queue, ignore_result=True)
        sent: list[bytes] = scratch.lrange(queue, 0, -1)
    return sent


def enqueue(redis: Redis, queue: str, messages: list[bytes]) -> None:
    """Put all of them into the queue by one command."""
    redis.lpush(queue, *messages)
