"""What a worker says of itself at REVRX_METRICS_PORT, with workers of an app of its own."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from celery import Celery
from prometheus_client.parser import text_string_to_metric_families

from revrx_worker.stamp import HEADER
from tests.fixtures.redis_server import RedisServer, free_port
from tests.integration.worker.processes import COMMAND
from tests.waiting import wait_for

APP_FOLDER = Path(__file__).parent / "metered"
TWO_SLOTS = ("--concurrency", "2", "--without-mingle", "--without-gossip")
POOLS = ["prefork", "threads", "solo"]

pytestmark = pytest.mark.timeout(120)


def command(*arguments: str) -> list[str]:
    return [str(COMMAND / "celery"), "-A", "metered", "worker", "--loglevel=info", *TWO_SLOTS, *arguments]


def environment(redis: RedisServer, **more: str) -> dict[str, str]:
    return os.environ | {"CELERY_BROKER_URL": redis.url, "CELERY_RESULT_BACKEND": redis.url} | more


@dataclass
class Metered:
    """A running worker of the app."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    url: str

    @property
    def queue(self) -> str:
        """It takes tasks from this one alone, and no other worker does."""
        return f"reports-{self.port}"

    def send(self, task: str, *arguments: str, times: int = 1) -> list[Any]:
        """Run a task so often, and give what it returned."""
        with Celery(broker=self.url, backend=self.url) as client:
            sent = [self._send(client, task, arguments) for _ in range(times)]
            return [result.get(timeout=20) for result in sent]

    def start(self, task: str, *arguments: str) -> None:
        """Run a task, whatever comes of it."""
        with Celery(broker=self.url) as client:
            self._send(client, task, arguments)

    def _send(self, client: Celery, task: str, arguments: tuple[str, ...]) -> Any:
        """As an app sends it that has joined."""
        return client.send_task(task, arguments, queue=self.queue, headers={HEADER: time.time()})

    def value(self, series: str, **labels: str) -> float:
        """The sum of all series of that name with at least these labels."""
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return sum(s.value for s in samples if s.name == series and labels.items() <= s.labels.items())

    def ended(self, task: str, state: str) -> float:
        return self.value("revrx_worker_tasks_total", task=task, state=state, queue=self.queue)

    def wait_for_end(self, task: str, state: str, times: int = 1) -> None:
        wait_for(
            lambda: self.ended(task, state) == times,
            lambda: f"{self.ended(task, state)} times {task} {state}:\n{self.log()}",
        )

    def files(self) -> list[str]:
        return sorted(file.name for file in self.folder.glob("revrx-metrics-*/*.db"))

    def log(self) -> str:
        return (self.folder / "log").read_text()


@contextmanager
def running(folder: Path, redis: RedisServer, *arguments: str, **env: str) -> Iterator[Metered]:
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command("-Q", f"reports-{port}", *arguments),
            cwd=APP_FOLDER,
            env=environment(redis, REVRX_METRICS_PORT=str(port), TMPDIR=str(folder), **env),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    worker = Metered(process, port, folder, redis.url)
    try:
        wait_for(lambda: "ready." in worker.log(), lambda: f"the worker is not ready:\n{worker.log()}", 40)
        yield worker
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module", params=POOLS)
def worker(
    redis: RedisServer, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Metered]:
    with running(tmp_path_factory.mktemp("metered"), redis, "--pool", request.param) as started:
        yield started


@pytest.fixture
def prefork(redis: RedisServer, tmp_path: Path) -> Iterator[Metered]:
    with running(tmp_path, redis) as started:
        yield started


def test_what_all_processes_have_counted_is_summed(worker: Metered) -> None:
    before = int(worker.ended("echo", "succeeded"))

    worker.send("echo", "well", times=20)

    worker.wait_for_end("echo", "succeeded", before + 20)
    for timed in ("run", "wait"):
        series = f"revrx_worker_task_{timed}_seconds"
        assert worker.value(f"{series}_count", task="echo", queue=worker.queue) == before + 20
        assert worker.value(f"{series}_bucket", task="echo", queue=worker.queue, le="+Inf") == before + 20
        assert 0 <= worker.value(f"{series}_sum", task="echo") < (before + 20) * 10


def test_metrics_of_the_app_are_summed_too_and_its_plain_ones_left_alone(worker: Metered) -> None:
    before = worker.value("metered_words_total")

    worker.send("echo", "well", times=10)

    assert worker.value("metered_words_total") == before + 10
    assert worker.value("metered_length_count", kind="short") == before + 10
    assert worker.value("metered_length_bucket", le="2.0") == 0
    assert worker.value("metered_length_bucket", le="4.0") == before + 10
    assert worker.value("metered_plain_total") == 0


def test_each_run_counts_by_how_it_ended(worker: Metered) -> None:
    for task in ("fail", "retry_once", "reject", "ignore"):
        worker.start(task)

    worker.wait_for_end("fail", "failed")
    worker.wait_for_end("retry_once", "retried")
    worker.wait_for_end("retry_once", "succeeded")
    worker.wait_for_end("reject", "rejected")
    worker.wait_for_end("ignore", "ignored")
    assert sum(worker.value("revrx_worker_tasks_total", task=task) for task in ("fail", "reject", "ignore")) == 3


def test_a_task_that_another_calls_is_a_part_of_it(worker: Metered) -> None:
    before = worker.ended("echo", "succeeded")

    worker.send("calls_another_itself")

    worker.wait_for_end("calls_another_itself", "succeeded")
    assert worker.ended("echo", "succeeded") == before


def test_slots_and_running_are_those_of_the_moment(worker: Metered, tmp_path: Path) -> None:
    worker.start("hold", str(tmp_path / "until"))

    wait_for(lambda: worker.value("revrx_worker_running") == 1, "the task is not running")
    (tmp_path / "until").touch()
    wait_for(lambda: worker.value("revrx_worker_running") == 0, "the task is still running")
    assert worker.value("revrx_worker_slots") == (1 if "solo" in worker.log() else 2)


def test_counts_outlive_a_restart_of_redis(worker: Metered, redis: RedisServer) -> None:
    worker.send("echo", "well")
    before = worker.ended("echo", "succeeded")

    redis.stop()
    assert worker.ended("echo", "succeeded") == before
    redis.start()
    worker.send("echo", "well")

    worker.wait_for_end("echo", "succeeded", int(before) + 1)
    assert worker.process.poll() is None


def test_children_that_come_and_go_lose_no_count_and_leave_no_files(redis: RedisServer, tmp_path: Path) -> None:
    with running(tmp_path, redis, "--max-tasks-per-child", "1") as worker:
        processes = worker.send("echo", "well", times=12)

        worker.wait_for_end("echo", "succeeded", 12)
        assert worker.value("metered_words_total") == 12
        assert len(set(processes)) == 12
        assert set(worker.files()) <= {f"{kind}_slot{slot}.db" for kind in ("counter", "histogram") for slot in (0, 1)}


def test_a_named_folder_is_used_and_what_prometheus_client_writes_there_is_served(
    redis: RedisServer, tmp_path: Path
) -> None:
    named = tmp_path / "named"
    named.mkdir()
    with running(tmp_path, redis, PROMETHEUS_MULTIPROC_DIR=str(named)) as worker:
        worker.send("echo", "well", times=4)

        assert worker.value("metered_words_total") == worker.value("metered_plain_total") == 4
        assert list(named.glob("revrx-metrics-*/counter_slot*.db"))


def test_children_that_are_spawned_count_too(redis: RedisServer, tmp_path: Path) -> None:
    with running(tmp_path, redis, METERED_START_METHOD="spawn") as worker:
        worker.send("echo", "well", times=4)

        worker.wait_for_end("echo", "succeeded", 4)
        assert worker.value("metered_words_total") == 4


def test_a_run_whose_process_is_killed_failed_once(prefork: Metered) -> None:
    prefork.start("die")
    prefork.start("overrun")

    prefork.wait_for_end("die", "failed")
    prefork.wait_for_end("overrun", "failed")
    prefork.send("echo", "well")
    assert prefork.value("revrx_worker_tasks_total", state="failed") == 2


def test_a_killed_run_whose_message_is_given_back_counts_and_so_does_the_next(prefork: Metered, tmp_path: Path) -> None:
    prefork.start("die_once", str(tmp_path / "died"))

    prefork.wait_for_end("die_once", "succeeded")
    assert prefork.ended("die_once", "failed") == 1


@pytest.mark.parametrize("pool", POOLS)
def test_a_worker_that_ends_removes_its_folder(redis: RedisServer, tmp_path: Path, pool: str) -> None:
    with running(tmp_path, redis, "--pool", pool) as worker:
        worker.send("echo", "well")
        assert worker.files()

        worker.process.terminate()

        assert worker.process.wait(timeout=20) == 0
    assert not list(tmp_path.glob("revrx-metrics-*"))


def test_a_worker_that_is_told_to_end_at_once_removes_its_folder(prefork: Metered, tmp_path: Path) -> None:
    prefork.process.send_signal(signal.SIGQUIT)

    prefork.process.wait(timeout=20)
    assert not list(tmp_path.glob("revrx-metrics-*"))


@pytest.mark.parametrize(
    ("port", "told"),
    [
        ("http", "'http' is no port; give a number from 1 to 65535, or nothing for no metrics"),
        ("65536", "'65536' is no port; give a number from 1 to 65535, or nothing for no metrics"),
        ("taken", "port {taken} cannot be listened on: Address already in use; give a port that is free"),
    ],
)
def test_a_port_that_is_none_or_is_taken_ends_the_worker_in_a_line(
    redis: RedisServer, tmp_path: Path, port: str, told: str
) -> None:
    env = environment(redis, TMPDIR=str(tmp_path), REVRX_METRICS_PORT=str(redis.port) if port == "taken" else port)
    ended = subprocess.run(command(), cwd=APP_FOLDER, env=env, capture_output=True, text=True, check=False, timeout=40)

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == f"REVRX_METRICS_PORT: {told.format(taken=redis.port)}"
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.glob("revrx-metrics-*"))
