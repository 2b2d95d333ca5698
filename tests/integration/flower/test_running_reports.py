"""A report that runs is not taken for lost by Flower, which gives messages back as every Celery client does."""

import time
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import select

from app.database import engine
from app.intake import Encounter, store
from app.report import Report
from tests.fixtures.redis_server import free_port
from tests.integration.flower.containers import PATIENCE_SECONDS, Pool, flower, pool_here
from tests.waiting import wait_for

AN_HOUR_AND_MORE = 4_000
SECONDS_OF_LOOKING = 15.0
"""A Flower that gives a message back does so two or three seconds after its start."""

LONG = {"REPORT_PACE_SECONDS": "600"}

pytestmark = pytest.mark.timeout(400)


def test_a_report_that_runs_for_longer_than_the_default_timeout_stays_with_its_worker(tmp_path: Path) -> None:
    with pool_here(tmp_path, CELERY_VISIBILITY_TIMEOUT="36000", **LONG) as pool, pool.worker():
        start_report(pool)
        hold_for(pool, AN_HOUR_AND_MORE)
        with pool.flower():
            time.sleep(SECONDS_OF_LOOKING)
            assert not is_given_back(pool)


def test_past_the_apps_own_timeout_it_is_given_back(tmp_path: Path) -> None:
    """Or the test above would pass with a Flower that gives nothing back at all."""
    with pool_here(tmp_path, CELERY_VISIBILITY_TIMEOUT="3000", **LONG) as pool, pool.worker():
        start_report(pool)
        hold_for(pool, AN_HOUR_AND_MORE)
        with pool.flower():
            wait_for(lambda: is_given_back(pool), "the report is not given back", PATIENCE_SECONDS)


def test_a_flower_that_knows_only_the_brokers_url_takes_the_report_for_lost(tmp_path: Path) -> None:
    """What `-A` is for."""
    port = free_port()
    with pool_here(tmp_path, CELERY_VISIBILITY_TIMEOUT="36000", **LONG) as pool, pool.worker():
        start_report(pool)
        hold_for(pool, AN_HOUR_AND_MORE)
        with flower(["-b", pool.redis_url, "flower", f"--port={port}"], {}, port, tmp_path):
            wait_for(lambda: is_given_back(pool), "the report is not given back", PATIENCE_SECONDS)


def test_a_timeout_of_seconds_takes_no_report_from_a_worker_that_lives(tmp_path: Path) -> None:
    quick = {"CELERY_VISIBILITY_TIMEOUT": "5", "REPORT_PACE_SECONDS": "20"}
    with pool_here(tmp_path, **quick) as pool, pool.worker(), pool.flower():
        start_report(pool)
        wait_for(lambda: report("long")[0] == "completed", "the report is not completed", PATIENCE_SECONDS)

        assert report("long")[1] == 1, "it was started more than once"


def start_report(pool: Pool) -> None:
    """The worker runs the report called long, and has acknowledged nothing."""
    store([Encounter("long", "A visit", b"IMPRESSION: Pneumonia.")])
    with Celery(broker=pool.redis_url) as sender:
        sender.send_task("app.tasks.report_tasks.process_report", args=["long"], queue="reports")
    wait_for(lambda: report("long")[0] == "running", "the report does not run", PATIENCE_SECONDS)


def hold_for(pool: Pool, seconds: int) -> None:
    """Have Redis say that the message is held for so long already."""
    with Redis.from_url(pool.redis_url) as client:
        (tag,) = client.zrange("unacked_index", 0, -1)
        client.zadd("unacked_index", {tag: time.time() - seconds}, xx=True)


def is_given_back(pool: Pool) -> bool:
    """Whether the message waits in the queue again; the worker's one slot is taken."""
    with Redis.from_url(pool.redis_url) as client:
        return bool(client.llen("reports"))


def report(report_id: str) -> tuple[str, int]:
    """Its state, and how often it was claimed."""
    with engine().connect() as connection:
        found = connection.execute(select(Report.state, Report.token).where(Report.id == report_id)).one()
    return found.state, found.token
