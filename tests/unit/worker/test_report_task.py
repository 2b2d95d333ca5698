"""What a task tells Celery of a run, where Celery's Redis hears it and where it does not."""

from types import SimpleNamespace
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from app.tasks.report_tasks import _surroundings


class Task:
    """Stands for a task that runs; remembers what it tells."""

    def __init__(self, *, ignore_result: bool = False, error: Exception | None = None) -> None:
        self.request = SimpleNamespace(ignore_result=ignore_result)
        self.told: list[dict[str, object]] = []
        self._error = error

    def update_state(self, *, state: str, meta: dict[str, object]) -> None:
        self.told.append({"state": state, **meta})
        if self._error:
            raise self._error


@pytest.mark.parametrize("error", [None, RedisConnectionError("Connection refused")])
def test_whoever_waits_for_the_result_is_told_of_progress_and_a_redis_that_is_away_harms_no_run(
    error: Exception | None,
) -> None:
    task: Any = Task(error=error)

    _surroundings(task, "a").on_progress("asking", 40)

    assert task.told == [{"state": "PROGRESS", "report": "a", "stage": "asking", "percent": 40}]


def test_where_nobody_waits_for_the_result_redis_is_told_nothing() -> None:
    task: Any = Task(ignore_result=True)

    _surroundings(task, "a").on_progress("asking", 40)

    assert task.told == []
