"""Real Celery workers whose engine calls a paid API that turns them away."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import Celery

from tests.fixtures.paid_api import PaidApi, Refuses, running_paid_api
from tests.fixtures.redis_server import RedisServer
from tests.integration.worker.paid import text_of
from tests.integration.worker.processes import Workers, row, wait_for, wait_for_state
from tests.integration.worker.rows import changed, stored, time_has_come

TWO_SLOTS = ("--concurrency", "2", "--without-mingle", "--without-gossip")
EVENT = "revrx-throttled"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def api() -> Iterator[PaidApi]:
    with running_paid_api() as api:
        yield api


@contextmanager
def heard(redis: RedisServer) -> Iterator[list[str]]:
    """The workers that say that they are turned away."""
    said: list[str] = []
    listening, over = threading.Event(), threading.Event()

    def listen() -> None:
        with Celery(broker=redis.url, set_as_current=False) as client, client.connection_for_read() as connection:
            receiver = client.events.Receiver(connection, {EVENT: lambda event: said.append(event["hostname"])})
            consuming = receiver.consume(limit=None, timeout=0.2, wakeup=False)
            while not over.is_set():
                try:
                    next(consuming)
                except TimeoutError:
                    consuming = receiver.consume(limit=None, timeout=0.2, wakeup=False)
                listening.set()

    thread = threading.Thread(target=listen)
    thread.start()
    assert listening.wait(10)
    try:
        yield said
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize(("pool", "engine"), [("prefork", "openai"), ("threads", "openai"), ("prefork", "comprehend")])
def test_a_report_that_is_turned_away_is_made_later_and_the_operator_hears_of_it(
    workers: Workers, redis: RedisServer, api: PaidApi, pool: str, engine: str
) -> None:
    report = f"{pool}-{engine}"
    stored(report, body=text_of("Anna", "Berta").encode())
    api.misbehave(Refuses(429, retry_after="1"), about="Berta", times=1)

    env = api.env | {"REPORT_ENGINE": engine}
    with heard(redis) as said, workers.running("--pool", pool, "-E", *TWO_SLOTS, **env):
        workers.send(report)
        wait_for_state(report, "waiting")
        wait_for(lambda: len(said) == 1, "the worker does not say that it is turned away")
        wait_for_state(report, "completed", timeout=40)

    assert sorted(request.treated.paid for request in api.asked()) == [False, True, True]
    assert (row(report)["attempts"], row(report)["api_calls"]) == (1, 2)


def test_what_was_given_up_is_made_again_by_workers(workers: Workers, api: PaidApi) -> None:
    stored("given-up", body=text_of("Anna", "Berta").encode())
    api.misbehave(Refuses(401), about="Berta", times=1)

    with workers.running(*TWO_SLOTS, **api.env, REPORT_ENGINE="openai"):
        workers.send("given-up")
        wait_for_state("given-up", "failed")
        code, told = workers.reports("requeue", "--code", "api_rejected")
        wait_for_state("given-up", "completed")

    assert (code, told) == (0, "1 queued again\n")
    assert set(api.paid().values()) == {1}


def test_a_sweep_by_hand_sends_what_is_due_where_no_worker_does(workers: Workers) -> None:
    stored("due", "early")
    for report in ("due", "early"):
        changed(report, state="waiting", resend_at=time.time() + 600)
    time_has_come("due")

    assert workers.reports("sweep") == (0, "1 sent again\n")
    assert [row(report)["state"] for report in ("due", "early")] == ["queued", "waiting"]
