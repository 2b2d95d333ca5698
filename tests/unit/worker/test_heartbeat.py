import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from revrx_worker.heartbeat import Heartbeat


def consumer(*, room: bool = True, queues: tuple[str, ...] = ("reports",), fetched_at: float | None = None) -> Any:
    channel = SimpleNamespace(qos=SimpleNamespace(can_consume=lambda: room), _brpop_sent_at=fetched_at)
    return SimpleNamespace(
        hostname="worker@pod",
        task_consumer=SimpleNamespace(channel=channel),
        app=SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from=dict.fromkeys(queues)))),
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    told = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(time, "monotonic", lambda: told.now)
    return told


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "heartbeat"
    monkeypatch.setenv("REVRX_HEARTBEAT_FILE", str(path))
    return path


def beats(step: Heartbeat, worker: Any, file: Path) -> bool:
    file.unlink(missing_ok=True)
    step.beat(worker)
    return file.exists()


def test_a_beat_tells_whose_it_is_and_when_the_worker_last_fetched(file: Path, clock: SimpleNamespace) -> None:
    worker = consumer(fetched_at=999.5)
    step = Heartbeat(worker)
    step.beat(worker)
    clock.now = 1000.25
    step.beat(worker)

    told = json.loads(file.read_text())
    assert (told["hostname"], told["has_room"], told["fetch_age_seconds"]) == ("worker@pod", True, 0.2)
    assert [path.name for path in file.parent.iterdir()] == ["heartbeat"]


def test_a_worker_that_has_room_and_fetches_nothing_stops_beating_after_a_minute(
    file: Path, clock: SimpleNamespace
) -> None:
    worker = consumer(fetched_at=900.0)
    step = Heartbeat(worker)

    assert beats(step, worker, file)
    clock.now += 59
    assert beats(step, worker, file)
    clock.now += 2
    assert not beats(step, worker, file)


@pytest.mark.parametrize("idle", [{"room": False}, {"queues": ()}])
def test_a_worker_that_is_full_or_was_told_to_take_nothing_goes_on_beating(
    file: Path, clock: SimpleNamespace, idle: dict[str, Any]
) -> None:
    worker = consumer(fetched_at=900.0, **idle)
    step = Heartbeat(worker)

    for _ in range(3):
        clock.now += 100
        assert beats(step, worker, file)


def test_a_worker_that_was_full_for_long_has_a_minute_to_fetch_again(file: Path, clock: SimpleNamespace) -> None:
    full, free = consumer(room=False, fetched_at=100.0), consumer(fetched_at=100.0)
    step = Heartbeat(full)

    assert beats(step, full, file)
    clock.now += 600
    assert beats(step, free, file)


def test_without_the_variable_nothing_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("REVRX_HEARTBEAT_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    worker = consumer()

    Heartbeat(worker).beat(worker)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_ends_no_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REVRX_HEARTBEAT_FILE", str(tmp_path / "missing" / "heartbeat"))
    worker = consumer()

    Heartbeat(worker).beat(worker)
