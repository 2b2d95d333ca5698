"""`celery -A app.celery_app worker …`: the worker gets ready, is what its options say, does work, and ends."""

import argparse
import shlex
from contextlib import ExitStack
from typing import Any

from celery.utils.nodenames import gethostname

from tests.integration.worker.guide.place import WORKER, Place
from tests.integration.worker.guide.running import Running

TASKS = {
    "default": ("app.celery_app.health_check", []),
    "reports": ("app.tasks.report_tasks.process_report", ["nobody-stored-it"]),
}


def wanted(line: str) -> argparse.Namespace:
    """What the options of the line ask for, and without them the settings."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--loglevel", default="warning")
    parser.add_argument("--pool", default="prefork")
    parser.add_argument("--concurrency", type=int, default=4)
    parser.add_argument("--prefetch-multiplier", type=int, default=2)
    parser.add_argument("--max-tasks-per-child", type=int)
    parser.add_argument("--time-limit", type=int, default=300)
    parser.add_argument("--soft-time-limit", type=int, default=240)
    parser.add_argument("--autoreload", action="store_true")
    parser.add_argument("-Q", dest="queues", default="reports,default")
    parser.add_argument("-n", dest="name", default="celery@%h")
    found, unknown = parser.parse_known_args(shlex.split(line.removeprefix(WORKER)))
    assert not unknown, f"the test does not know what to expect of {' '.join(unknown)}"
    found.queues = set(found.queues.split(","))
    found.name = found.name.replace("%h", gethostname())
    return found


def workers_are_what_they_are_asked_to_be(place: Place, *lines: str) -> None:
    """All of them run at the same time."""
    asked = [wanted(line) for line in lines]
    with ExitStack() as stack:
        running = [
            stack.enter_context(place.started(line, REVRX_HEARTBEAT_FILE=str(place.heartbeat(options.name))))
            for line, options in zip(lines, asked, strict=True)
        ]
        for worker, options in zip(running, asked, strict=True):
            worker.wait_until(place.heartbeat(options.name).exists, "the worker is not ready")
        for worker, options in zip(running, asked, strict=True):
            _check(place, worker, options)
        for worker in running:
            worker.stop()


def _check(place: Place, worker: Running, asked: argparse.Namespace) -> None:
    stats = place.ask("stats", asked.name)[asked.name]
    _check_pool(stats["pool"], asked)
    assert stats["prefetch_count"] == asked.concurrency * asked.prefetch_multiplier
    assert {queue["name"] for queue in place.ask("active_queues", asked.name)[asked.name]} == asked.queues
    assert (": INFO/" in worker.text()) == (asked.loglevel == "info")
    if asked.autoreload:
        worker.wait_for_text("watching the Python files below")
    for queue in asked.queues:
        _give_work(place, queue)


def _check_pool(pool: dict[str, Any], asked: argparse.Namespace) -> None:
    assert pool["max-concurrency"] == asked.concurrency
    if asked.pool == "threads":
        assert pool["implementation"] == "celery.concurrency.thread:TaskPool"
        return
    assert pool["implementation"] == "celery.concurrency.prefork:TaskPool"
    assert pool["max-tasks-per-child"] == (asked.max_tasks_per_child or "N/A")
    assert pool["timeouts"] == [asked.soft_time_limit, asked.time_limit]


def _give_work(place: Place, queue: str) -> None:
    task, arguments = TASKS[queue]
    with place.client() as client:
        assert client.send_task(task, arguments, queue=queue).get(timeout=20)
