"""How long the oldest message has waited, read from what real Celery put into a real Redis."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from celery import Celery
from celery.signals import before_task_publish
from redis import Redis

from revrx_operator.model import BrokerAddress
from revrx_operator.observe.queues import GroupQueues
from revrx_worker.stamp import stamp_enqueue_time
from tests.integration.operator.test_reading_redis import celery_app, publish, reader_of

NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=1)
MEGABYTE = "x" * 2**20


@pytest.fixture
def redis_url(redis_server: str) -> str:
    Redis.from_url(redis_server).flushdb()
    return redis_server


@pytest.fixture
def app(redis_url: str) -> Celery:
    return celery_app(redis_url)


@pytest.fixture(autouse=True)
def _unstamped(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that joined in this process, in a test before this one, stamps every message from then on."""
    monkeypatch.setattr(before_task_publish, "receivers", [])


@pytest.fixture
def stamped(_unstamped: None) -> Iterator[None]:
    """Messages carry the stamp of revrx_worker."""
    before_task_publish.connect(stamp_enqueue_time)
    yield
    before_task_publish.disconnect(stamp_enqueue_time)


async def oldest(url: str, *queues: str) -> float | None:
    """The oldest of all queues as of now, and none of what is told is older than this test."""
    async with reader_of(url) as reader:
        loads = await reader.read({"group": GroupQueues(BrokerAddress(url), queues or ("reports",))})
    return loads["group"].oldest_enqueued_at


@pytest.mark.usefixtures("stamped")
async def test_an_empty_queue_has_no_oldest_message(redis_url: str) -> None:
    assert await oldest(redis_url) is None


@pytest.mark.usefixtures("stamped")
async def test_the_message_that_is_taken_next_is_the_oldest(redis_url: str, app: Celery) -> None:
    before = time.time()
    publish(app, 1)
    after = time.time()
    publish(app, 5)

    assert before <= (await oldest(redis_url) or 0) <= after


@pytest.mark.usefixtures("stamped")
async def test_the_oldest_of_all_queues_and_priorities_counts(redis_url: str, app: Celery) -> None:
    publish(app, 1, queue="urgent", priority=9)
    after = time.time()
    publish(app, 1, queue="urgent")
    publish(app, 1)

    assert (await oldest(redis_url, "reports", "urgent") or 0) <= after


@pytest.mark.usefixtures("stamped")
async def test_messages_whose_eta_lies_ahead_are_passed_over(redis_url: str, app: Celery) -> None:
    publish(app, 9, eta=LATER)
    before = time.time()
    publish(app, 1)

    assert before <= (await oldest(redis_url) or 0) <= time.time()


@pytest.mark.usefixtures("stamped")
async def test_no_more_than_ten_messages_are_looked_at(redis_url: str, app: Celery) -> None:
    publish(app, 10, eta=LATER)
    publish(app, 1)

    assert await oldest(redis_url) is None


@pytest.mark.usefixtures("stamped")
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5, minutes=30))])
async def test_a_message_whose_eta_has_come_waits_since_then(redis_url: str, app: Celery, zone: timezone) -> None:
    eta = datetime.now(zone) - timedelta(seconds=90)
    publish(app, 1, eta=eta)
    publish(app, 1)

    assert await oldest(redis_url) == pytest.approx(eta.timestamp())


async def test_messages_without_a_stamp_are_as_old_as_the_reader_saw_them_last_at_the_end(
    redis_url: str, app: Celery
) -> None:
    clock = iter([100.0, 110.0, 120.0])
    groups = {"group": GroupQueues(BrokerAddress(redis_url), ("reports",))}
    publish(app, 2)
    async with reader_of(redis_url, lambda: next(clock)) as reader:
        first = (await reader.read(groups))["group"]
        second = (await reader.read(groups))["group"]
        Redis.from_url(redis_url).rpop("reports")
        third = (await reader.read(groups))["group"]

    assert [load.oldest_enqueued_at for load in (first, second, third)] == [100.0, 100.0, 120.0]


@pytest.mark.usefixtures("stamped")
async def test_what_a_message_carries_cannot_pass_for_its_headers(redis_url: str, app: Celery) -> None:
    forged = '"revrx-enqueued-at": 1, "eta": "2001-01-01T00:00:00+00:00"'
    before = time.time()
    with app.connection_for_write() as connection:
        app.send_task("report", [forged], {"note": forged}, queue="reports", connection=connection, argsrepr=forged)

    assert before <= (await oldest(redis_url) or 0)


@pytest.mark.usefixtures("stamped")
async def test_a_body_of_megabytes_is_not_read(redis_url: str, app: Celery) -> None:
    before = time.time()
    with app.connection_for_write() as connection:
        app.send_task("report", [MEGABYTE], queue="reports", connection=connection)
    received = Redis.from_url(redis_url).info("stats")["total_net_output_bytes"]

    assert before <= (await oldest(redis_url) or 0)
    assert Redis.from_url(redis_url).info("stats")["total_net_output_bytes"] - received < 16_384


async def test_a_message_of_another_celery_that_spells_json_without_blanks_is_read(redis_url: str) -> None:
    message = {"body": "", "headers": {"revrx-enqueued-at": 12.5, "eta": None}, "properties": {"delivery_tag": "1"}}
    Redis.from_url(redis_url).lpush("reports", json.dumps(message, separators=(",", ":")))

    assert await oldest(redis_url) == 12.5


async def test_what_is_no_celery_message_at_all_is_counted_all_the_same(redis_url: str) -> None:
    Redis.from_url(redis_url).lpush("reports", "", b"\xff\xfe", '"eta":')

    assert await oldest(redis_url) == pytest.approx(time.time(), abs=5)
