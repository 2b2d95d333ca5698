"""Real Celery workers whose engine calls a paid API that turns them away."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import pytest
from celery import Celery
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from sqlalchemy import delete

from app.database import engine
from app.report import Report
from tests.fixtures.paid_api import PaidApi, Refuses, running_paid_api
from tests.fixtures.redis_server import RedisServer, free_port
from tests.integration.worker.paid import PRICES, text_of
from tests.integration.worker.processes import Workers, row, wait_for_state
from tests.integration.worker.rows import changed, stored, time_has_come
from tests.waiting import wait_for

TWO_SLOTS = ("--concurrency", "2", "--without-mingle", "--without-gossip")
EVENT = "revrx-throttled"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def api() -> Iterator[PaidApi]:
    with running_paid_api() as api:
        yield api


@pytest.fixture(autouse=True)
def nothing_is_left(workers: Workers, redis: RedisServer) -> None:
    """Each test's worker has that test's reports, and no other."""
    with engine().begin() as connection:
        connection.execute(delete(Report))
    Redis.from_url(redis.url).flushall()


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
    assert (row(report)["attempts"], row(report)["api_calls"]) == (0, 2)


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


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_the_worker_tells_prometheus_what_its_reports_cost(workers: Workers, api: PaidApi, pool: str) -> None:
    report, port = f"metered-{pool}", free_port()
    stored(report, body=text_of("Anna", "Berta").encode())
    api.misbehave(Refuses(429, retry_after="1"), about="Berta", times=1)

    env = api.env | PRICES | {"REPORT_ENGINE": "openai", "REVRX_METRICS_PORT": str(port)}
    with workers.running("--pool", pool, *TWO_SLOTS, **env) as worker:
        workers.send(report)
        wait_for_state(report, "completed", timeout=40)
        made = row(report)
        wait_for(
            lambda: series(port).get("revrx_reports_runs_total completed") == 1,
            lambda: f"{series(port)}\n{worker.log.read_text()}",
        )
        told = series(port)

    assert told["revrx_reports_runs_total put_off"] == 1
    assert told["revrx_reports_api_calls_total openai answered"] == made["api_calls"] == 2
    assert told["revrx_reports_api_calls_total openai api_throttled"] == 1
    assert told["revrx_reports_api_tokens_total openai input"] == made["input_tokens"] > 0
    assert told["revrx_reports_api_cost_total openai"] == pytest.approx(made["cost_micros"] / 1e6)


def series(port: int) -> dict[str, float]:
    """The series of the reports, by name and label values."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return {" ".join([each.name, *each.labels.values()]): each.value for family in families for each in family.samples}


def test_who_waits_for_the_result_is_told_how_far_the_report_is(
    workers: Workers, redis: RedisServer, api: PaidApi
) -> None:
    stored("watched", body=text_of("Anna", "Berta", "Clara").encode())
    api.latency = 1.2
    told: list[tuple[str, object]] = []

    with (
        workers.running(*TWO_SLOTS, **api.env, REPORT_ENGINE="openai"),
        Celery(broker=redis.url, backend=redis.url, set_as_current=False) as client,
    ):
        result = client.send_task("app.tasks.report_tasks.process_report", args=["watched"], queue="reports")
        final = result.get(timeout=40, on_message=lambda said: told.append((said["status"], said["result"])))

    progress = [meta for state, meta in told if state == "PROGRESS"]
    assert final == {"report": "watched", "outcome": "completed"}
    assert progress == [{"report": "watched", "stage": "asking", "percent": percent} for percent in (0, 33, 66)]
    assert (row("watched")["stage"], row("watched")["percent"]) == (None, 100)
