"""Reports through real Celery workers, whatever happens to the workers and to Redis."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.intake import Encounter, store
from tests.fixtures.redis_server import RedisServer, free_port
from tests.integration.worker.processes import Worker, Workers, row, wait_for_state
from tests.waiting import wait_for

EXAMPLES = Path(__file__).parents[3] / "examples" / "encounters.jsonl"
A_MEGABYTE = "IMPRESSION: Pneumonia.\n" + "She rested, " * 85_000
TWO_SLOTS = ("--concurrency", "2", "--without-mingle", "--without-gossip")
PACED = {"REPORT_PACE_SECONDS": "3", "REPORT_LEASE_SECONDS": "2"}

REDIS_AWAY_SECONDS = 0.5

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module", params=["prefork", "threads"])
def pool(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def worker(workers: Workers, pool: str) -> Iterator[Worker]:
    """A worker of each pool that takes three seconds for a report, started where an earlier one left its heartbeat."""
    workers.next_heartbeat().write_text("stale")
    with workers.running("--pool", pool, *TWO_SLOTS, **PACED) as started:
        yield started


def stored(*ids: str) -> None:
    store([Encounter(name, "A visit", b"IMPRESSION: Pneumonia.") for name in ids])


def encounters(folder: Path, *ids: str) -> Path:
    file = folder / "encounters.jsonl"
    file.write_text("".join(json.dumps({"id": name, "title": "A visit", "text": "PLAN: Rest."}) + "\n" for name in ids))
    return file


def test_the_command_of_the_guide_makes_reports_of_every_kind_of_text(workers: Workers, tmp_path: Path) -> None:
    lines = EXAMPLES.read_bytes()
    lines += json.dumps({"id": "empty", "title": "t", "text": " "}).encode() + b"\n"
    lines += b'{"id": "latin", "title": "t", "text": "caf\xe9"}\n'
    lines += json.dumps({"id": "large", "title": "t", "text": A_MEGABYTE}).encode() + b"\n"
    file = tmp_path / "all.jsonl"
    file.write_bytes(lines)

    with workers.running():
        code, last_line, errors = workers.submit(file).result()

    assert (code, last_line) == (1, "21 completed, 2 failed")
    assert "line 21: report empty failed: text_empty: the text is empty" in errors
    assert "line 22: report latin failed: text_not_utf8: byte 3 of the text is not UTF-8" in errors
    assert row("large")["state"] == "completed"
    assert row("encounter-01")["result"]["summary"].startswith("The patient is an 82-year-old woman")


def test_a_heartbeat_of_an_earlier_container_makes_no_worker_ready(worker: Worker) -> None:
    assert set(json.loads(worker.heartbeat.read_text())) == {"hostname", "time", "has_room", "fetch_age_seconds"}


def test_a_report_delivered_twice_is_stored_once(workers: Workers, worker: Worker, pool: str) -> None:
    twice, later = f"{pool}-twice", f"{pool}-later"
    stored(twice, later)

    workers.send(twice, twice, later)
    wait_for_state(twice, "completed")
    workers.send(twice)
    wait_for_state(later, "completed")

    wait_for(
        lambda: worker.log.read_text().count(f"'{twice}', 'outcome': 'not claimed'") == 2, "no second message taken"
    )
    assert (row(twice)["attempts"], row(twice)["token"], row(twice)["state"]) == (1, 1, "completed")


def test_a_message_for_a_report_that_nobody_stored_is_recorded(workers: Workers, worker: Worker, pool: str) -> None:
    workers.send(f"{pool}-nobody")

    wait_for_state(f"{pool}-nobody", "failed")
    assert row(f"{pool}-nobody")["error_code"] == "report_missing"


def test_the_heart_of_a_busy_worker_beats(workers: Workers, worker: Worker, pool: str) -> None:
    first, *_, last = reports = [f"{pool}-busy-{number}" for number in range(4)]  # two slots are busy for six seconds
    stored(*reports)
    workers.send(*reports)
    wait_for_state(first, "running")
    beat = worker.heartbeat.stat().st_mtime

    wait_for(lambda: worker.heartbeat.stat().st_mtime > beat, "the heart of a busy worker stands still", 5.9)
    assert row(last)["state"] != "completed"


def test_a_busy_worker_outlives_a_restart_of_redis(
    workers: Workers, worker: Worker, pool: str, redis: RedisServer
) -> None:
    before, after = f"{pool}-before", f"{pool}-after"
    stored(before, after)
    workers.send(before)
    wait_for_state(before, "running")

    redis.stop()
    time.sleep(REDIS_AWAY_SECONDS)
    redis.start()
    wait_for_state(before, "completed")
    workers.send(after)

    wait_for_state(after, "completed")
    assert row(before)["attempts"] == 1
    assert worker.process.poll() is None


@pytest.mark.parametrize("pool", ["prefork"], indirect=True)
def test_reports_whose_processes_are_killed_are_completed_once(
    workers: Workers, worker: Worker, tmp_path: Path
) -> None:
    submission = workers.submit(encounters(tmp_path, "a", "b"))
    wait_for_state("a", "running")
    wait_for_state("b", "running")

    worker.kill_children()

    assert submission.result()[:2] == (0, "2 completed, 0 failed")
    assert [row(name)["attempts"] for name in "ab"] == [2, 2]


def test_reports_whose_worker_is_killed_are_completed_once_by_the_next(
    workers: Workers, worker: Worker, pool: str, tmp_path: Path
) -> None:
    first, second = f"{pool}-first", f"{pool}-second"
    submission = workers.submit(encounters(tmp_path, first, second))
    wait_for_state(first, "running")

    worker.kill()  # it holds the message of the second too, started or only fetched
    with workers.running("--pool", pool, *TWO_SLOTS):
        assert submission.result()[:2] == (0, "2 completed, 0 failed")
    assert row(first)["attempts"] == 2


def test_a_redis_that_cannot_be_reached_is_told_in_a_line_and_loses_no_report(tmp_path: Path, workers: Workers) -> None:
    away = Workers(tmp_path, workers.env | {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"})

    code, _, errors = away.submit(encounters(tmp_path, "unsent")).result()

    assert code == 1
    assert len(errors.splitlines()) == 1
    assert errors.startswith("Error: Redis (CELERY_BROKER_URL or REDIS_URL) cannot be reached")
    assert row("unsent")["state"] == "queued"
