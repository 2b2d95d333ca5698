"""The database is away for longer than a run waits for it, and what was paid for meanwhile is not paid for again."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.exc import SQLAlchemyError

from app import answers, rescue
from app.engines.api import Answer, ApiRequest, Spent
from app.migrate import migrate
from app.runs import Outcome, run_report
from app.settings import settings
from tests.fixtures.paid_api import PaidApi, running_paid_api
from tests.fixtures.postgresql_server import (
    INSTALL,
    PostgresqlServer,
    new_database,
    postgresql_binaries,
    postgresql_server,
)
from tests.fixtures.redis_server import RedisServer, free_port
from tests.integration.worker.conftest import only_these_settings
from tests.integration.worker.paid import paid_engine, text_of
from tests.integration.worker.processes import Workers, row, wait_for_state
from tests.integration.worker.rows import lease_expires, stored
from tests.waiting import wait_for

NAMES = ("Anna", "Berta")
TEXT = text_of(*NAMES).encode()
WAIT_SECONDS = 1.0
SOFT_SECONDS = 0.7
REQUEST = ApiRequest({"engine": "test", "text": "She coughs."})
ANSWER = Answer({"summary": "A cough.\x00\ud83d"}, Spent(3, 2, 1))
AS_STORED = {"summary": "A cough. ?"}

numbers = count()

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def running_server() -> Iterator[PostgresqlServer]:
    if postgresql_binaries() is None:
        pytest.skip(INSTALL)
    with postgresql_server() as server:
        yield server


@pytest.fixture
def server(running_server: PostgresqlServer, tmp_path: Path) -> Iterator[PostgresqlServer]:
    """The server of a database with tables, which this process uses. Tests stop it, and start it again."""
    url = new_database(running_server.url, f"reports_{next(numbers)}")
    with only_these_settings(tmp_path, DATABASE_URL=url, REPORT_DATABASE_WAIT_SECONDS=str(WAIT_SECONDS)):
        migrate()
        yield running_server


@pytest.fixture
def api(server: PostgresqlServer) -> Iterator[PaidApi]:
    """The API of an engine that this process has. It takes a moment for each answer."""
    with running_paid_api(latency=0.5) as api, paid_engine("openai", api):
        yield api


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    """Runs what has to wait."""
    with ThreadPoolExecutor() as pool:
        yield pool


@pytest.fixture
def client(redis: RedisServer) -> Iterator[Redis]:
    with Redis.from_url(redis.url) as client:
        client.flushall()
        yield client


@contextmanager
def sharing(client: Redis) -> Iterator[None]:
    """This process has that Redis, as a worker has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rescue, "has_redis", lambda: True)
        patch.setattr(rescue, "quick_redis", lambda: client)
        yield


def nobody() -> Redis:
    """A Redis that is away."""
    return Redis(port=free_port(), retry=Retry(NoBackoff(), 0))


def asked(api: PaidApi) -> None:
    wait_for(lambda: len(api.asked()) > 0, "the API is not asked")


def paid_for(api: PaidApi) -> Counter[str]:
    """How often each part was paid for."""
    return Counter({text.split()[0]: times for (_, text), times in api.paid().items()})


def test_an_answer_that_the_database_does_not_take_is_found_in_redis_by_the_next_run(
    server: PostgresqlServer,
    api: PaidApi,
    client: Redis,
    elsewhere: ThreadPoolExecutor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stored("a", body=TEXT)
    with sharing(client):
        run = elsewhere.submit(run_report, "a")
        asked(api)
        server.stop()
        with pytest.raises(SQLAlchemyError):
            run.result(timeout=20)
        server.start()
        lease_expires("a")

        assert run_report("a") is Outcome.COMPLETED

    assert answers.RESCUED in caplog.text
    assert paid_for(api) == Counter(NAMES)
    assert (row("a")["api_calls"], row("a")["attempts"]) == (2, 0)
    assert row("a")["result"]["summary"] == "It begins with Anna. It begins with Berta."


@pytest.mark.parametrize("redis_is_there", [True, False])
def test_a_run_goes_on_with_the_answer_that_it_holds_when_the_database_is_back(
    server: PostgresqlServer, api: PaidApi, client: Redis, elsewhere: ThreadPoolExecutor, redis_is_there: bool
) -> None:
    """Without a Redis it holds the answer for longer than it waits otherwise."""
    stored("a", body=TEXT)
    with nobody() as away, sharing(client if redis_is_there else away):
        run = elsewhere.submit(run_report, "a")
        asked(api)
        server.stop()
        time.sleep(WAIT_SECONDS / 4 if redis_is_there else WAIT_SECONDS * 4)
        server.start()

        assert run.result(timeout=20) is Outcome.COMPLETED

    assert paid_for(api) == Counter(NAMES)
    assert row("a")["api_calls"] == 2


def test_without_celery_an_answer_is_held_as_long_as_a_task_may_run_and_its_loss_is_told(
    server: PostgresqlServer, api: PaidApi, elsewhere: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    stored("a")
    with paid_engine("openai", api, CELERY_TASK_SOFT_TIME_LIMIT="5", CELERY_TASK_TIME_LIMIT="6"):
        began = time.monotonic()
        run = elsewhere.submit(run_report, "a")
        asked(api)
        server.stop()
        with pytest.raises(SQLAlchemyError):
            run.result(timeout=20)

    assert 5 < time.monotonic() - began < 6.5
    assert answers.LOST in caplog.text
    server.start()


@contextmanager
def soft_time_limit(seconds: float) -> Iterator[None]:
    """What Celery raises in the process of a task, as billiard does: from a signal, once."""

    def over(*_: object) -> None:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_redis_that_is_away_as_well_is_told_of_once_however_often_it_is_tried(
    server: PostgresqlServer, caplog: pytest.LogCaptureFixture
) -> None:
    stored("a")
    server.stop()
    with nobody() as away, sharing(away), pytest.raises(SQLAlchemyError):
        answers.store("a", REQUEST, ANSWER, latest=time.monotonic() + 3)
    server.start()

    told = [record for record in caplog.records if "Redis does not take" in record.message]
    assert len(told) == 1


def start_later(server: PostgresqlServer) -> None:
    """After the time limit, and before nobody waits any more."""
    time.sleep(SOFT_SECONDS)
    server.start()


@pytest.mark.parametrize("redis_is_there", [True, False])
def test_the_soft_time_limit_takes_no_answer_away(
    server: PostgresqlServer, client: Redis, elsewhere: ThreadPoolExecutor, redis_is_there: bool
) -> None:
    stored("a")
    server.stop()
    with nobody() as away, sharing(client if redis_is_there else away), soft_time_limit(SOFT_SECONDS):
        started = elsewhere.submit(start_later, server)
        answers.store("a", REQUEST, ANSWER, latest=time.monotonic() + 20)
        started.result()

    assert answers.known("a", REQUEST) == AS_STORED
    assert row("a")["api_calls"] == 1


def test_a_database_that_hangs_until_the_soft_time_limit_takes_no_answer_away(
    server: PostgresqlServer, client: Redis, elsewhere: ThreadPoolExecutor
) -> None:
    stored("a")
    with sharing(client):
        with server.frozen(), soft_time_limit(SOFT_SECONDS), pytest.raises(SQLAlchemyError):
            answers.store("a", REQUEST, ANSWER, latest=time.monotonic() + 20)

        assert answers.known("a", REQUEST) == AS_STORED
    assert row("a")["api_calls"] == 1


@pytest.fixture
def crew(server: PostgresqlServer, client: Redis, redis: RedisServer, api: PaidApi, tmp_path: Path) -> Workers:
    """Starts workers on that database, that API and a Redis."""
    env = {"ENABLE_CELERY": "true", "REDIS_URL": redis.url, "DATABASE_URL": settings().database_url}
    quick = {"REPORT_DATABASE_WAIT_SECONDS": str(WAIT_SECONDS)}
    return Workers(tmp_path, env | quick | api.env | {"REPORT_ENGINE": "openai"})


def test_a_worker_finds_in_redis_what_a_killed_one_has_paid_for(
    server: PostgresqlServer, api: PaidApi, crew: Workers
) -> None:
    stored("a", body=TEXT)
    with crew.running("--concurrency", "2") as worker:
        crew.send("a")
        asked(api)
        server.stop()
        wait_for(lambda: answers.RESCUED in worker.log.read_text(), worker.log.read_text)
        worker.kill()
    server.start()
    lease_expires("a")

    with crew.running("--concurrency", "2") as worker:
        crew.send("a")
        wait_for_state("a", "completed", timeout=40)

    assert paid_for(api) == Counter(NAMES)
    assert row("a")["api_calls"] == 2


def test_a_worker_that_is_told_to_stop_waits_for_the_database_with_what_it_holds(
    server: PostgresqlServer, api: PaidApi, crew: Workers
) -> None:
    stored("a")
    with crew.running("--pool", "threads", "--concurrency", "2", REPORT_DATABASE_WAIT_SECONDS="30") as worker:
        crew.send("a")
        asked(api)
        server.stop()
        wait_for(lambda: "holding an answer" in worker.log.read_text(), worker.log.read_text)
        worker.process.send_signal(signal.SIGTERM)
        wait_for(lambda: "Warm shutdown" in worker.log.read_text(), worker.log.read_text)
        time.sleep(WAIT_SECONDS)
        server.start()
        assert worker.process.wait(timeout=30) == 0

    assert row("a")["state"] == "completed"
    assert len(api.asked()) == 1
