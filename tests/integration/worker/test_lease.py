"""What a living worker holds stays with it, however short the visibility timeout; what a dead one held comes back."""

import os
import signal
import time
from typing import Any

import pytest
from redis import Redis

from app.intake import Encounter, store
from tests.fixtures.redis_server import RedisServer
from tests.integration.worker.processes import Worker, Workers, row, wait_for_state
from tests.waiting import POLL_SECONDS, wait_for

VISIBILITY_SECONDS = 3.0
SHORT = {"CELERY_VISIBILITY_TIMEOUT": "3", "REPORT_PACE_SECONDS": "8"}
ONE_SLOT = ("--concurrency", "1", "--without-mingle", "--without-gossip")

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def client(redis: RedisServer) -> Redis:
    """To a Redis where nothing is held or waits."""
    client = Redis.from_url(redis.url)
    client.flushdb()
    return client


def started(workers: Workers, report_id: str) -> None:
    """The report has a message and a worker runs it."""
    store([Encounter(report_id, "A visit", b"IMPRESSION: Pneumonia.")])
    workers.send(report_id)
    wait_for_state(report_id, "running")


def ages(client: Redis) -> list[float]:
    """For how many seconds nobody has said to hold the messages that are held."""
    held: Any = client.zrange("unacked_index", 0, -1, withscores=True)
    return [time.time() - score for _, score in held]


def oldest_while_running(client: Redis, report_id: str, *, until: float) -> float:
    """The longest that the message of the report was not renewed, until it is done or the time has come."""
    oldest = 0.0
    while row(report_id)["state"] == "running" and time.monotonic() < until:
        oldest = max([oldest, *ages(client)])
        time.sleep(POLL_SECONDS)
    return oldest


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
def test_a_running_report_is_held_to_its_end_and_through_a_warm_shutdown(
    workers: Workers, client: Redis, pool: str
) -> None:
    with workers.running("--pool", pool, *ONE_SLOT, **SHORT) as worker:
        started(workers, f"held-{pool}")
        before = oldest_while_running(client, f"held-{pool}", until=time.monotonic() + 4)
        stop(worker)
        after = oldest_while_running(client, f"held-{pool}", until=time.monotonic() + 20)
        worker.process.wait(timeout=20)  # it acknowledges after the report is completed

        assert row(f"held-{pool}")["state"] == "completed"
        assert row(f"held-{pool}")["token"] == 1
    assert 0 < max(before, after) < VISIBILITY_SECONDS
    assert ages(client) == []


def stop(worker: Worker) -> None:
    """A warm shutdown has begun."""
    os.kill(worker.process.pid, signal.SIGTERM)


def test_what_a_dead_worker_held_comes_back_within_seconds(workers: Workers, client: Redis) -> None:
    with workers.running(*ONE_SLOT, **SHORT) as worker:
        started(workers, "orphan")
        worker.kill()
    assert len(ages(client)) == 1

    with workers.running(*ONE_SLOT, **SHORT, REPORT_LEASE_SECONDS="300"):
        wait_for(lambda: not ages(client), "the message was not given back", timeout=30)
