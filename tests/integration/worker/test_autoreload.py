"""`celery worker --autoreload`, with an app whose code changes."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from celery import Celery

from tests.fixtures.redis_server import RedisServer
from tests.integration.worker.processes import COMMAND
from tests.waiting import wait_for

APP = Path(__file__).parents[1] / "entering" / "echo" / "echo.py"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """The app of a developer."""
    file = tmp_path / "echo.py"
    file.write_text(APP.read_text())
    return file


@pytest.fixture
def worker(code: Path, redis: RedisServer) -> Iterator[subprocess.Popen[bytes]]:
    """Its worker, started in its folder."""
    urls = {"CELERY_BROKER_URL": redis.url, "CELERY_RESULT_BACKEND": redis.url}
    with (code.parent / "log").open("wb") as log:
        started = subprocess.Popen(
            [COMMAND / "celery", "-A", "echo", "worker", "--loglevel=info", "--concurrency=1", "--autoreload"],
            cwd=code.parent,
            env=os.environ | urls,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for_log(code, "ready.")
        wait_for_log(code, "watching the Python files below")
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def wait_for_log(code: Path, text: str, times: int = 1) -> None:
    log = code.parent / "log"
    wait_for(
        lambda: log.read_text().count(text) == times, lambda: f"not {times} times {text!r}:\n{log.read_text()}", 40
    )


def echo(redis: RedisServer, word: str) -> str:
    with Celery(broker=redis.url, backend=redis.url) as client:
        return str(client.send_task("echo", [word], queue="reports").get(timeout=20))


def test_a_change_starts_the_worker_anew_with_the_new_code(
    code: Path, worker: subprocess.Popen[bytes], redis: RedisServer
) -> None:
    assert echo(redis, "well") == "well"

    code.write_text(code.read_text().replace("return word", "return word + '!'"))
    wait_for_log(code, "echo.py changed: starting anew when the running tasks are done")
    wait_for_log(code, "ready.", times=2)

    assert echo(redis, "well") == "well!"


def test_code_that_does_not_compile_is_told_and_the_worker_goes_on(
    code: Path, worker: subprocess.Popen[bytes], redis: RedisServer
) -> None:
    code.write_text(code.read_text() + "\nthis is no Python\n")
    wait_for_log(code, "not starting anew: invalid syntax (echo.py, line")

    assert echo(redis, "well") == "well"
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(timeout=20) == 0
