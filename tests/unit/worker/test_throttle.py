from types import SimpleNamespace
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from revrx_worker import throttle, throttled


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(throttle, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(throttle, "_gate", throttle._Gate())
    return clock


class Task:
    """Stands for a task that runs; remembers what it sends."""

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[str] = []
        self._error = error

    def send_event(self, kind: str, **_: Any) -> None:
        self.sent.append(kind)
        if self._error:
            raise self._error


def test_it_is_said_at_most_once_a_second(clock: SimpleNamespace) -> None:
    task: Any = Task()
    for moment in (1000.0, 1000.9, 1001.0, 1001.5, 1002.1):
        clock.now = moment
        throttled(task)

    assert task.sent == ["revrx-throttled"] * 3


@pytest.mark.usefixtures("clock")
def test_a_task_does_not_suffer_where_the_broker_is_away() -> None:
    task: Any = Task(RedisConnectionError("Connection refused"))

    throttled(task)

    assert task.sent
