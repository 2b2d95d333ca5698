"""The programs of the page that watch workers: `celery events` and Flower."""

import http.client
import json
import re
import signal
import socket
from contextlib import closing

from tests.integration.worker.guide.place import Place
from tests.integration.worker.guide.running import Terminal


def events_shows_workers_and_tasks(place: Place, line: str) -> None:
    with place.client() as client:
        client.control.enable_events()
    with Terminal.open() as terminal, place.started(line, terminal) as running:
        running.wait_for_text("Workers online:")
        with place.client() as client:
            client.send_task("app.celery_app.health_check", queue="default")
        running.wait_for_text("health_check")
        running.stop(by=signal.SIGINT)


def flower_shows_the_worker(place: Place, line: str) -> None:
    found = re.search(r"--port=(\d+)", line)
    assert found, "the line names no port"
    port = int(found[1])
    assert not _answers(port), f"port {port}, which the page names for Flower, is taken: stop what listens there"
    with place.started(line) as running:
        running.wait_until(lambda: _answers(port), "Flower does not listen")
        assert "<title>Workers" in _get(port, "/")
        running.wait_until(lambda: _online_workers(port) == 1, "Flower does not see the worker")
        running.stop()


def _answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def _online_workers(port: int) -> int:
    return sum(worker.get("status", False) for worker in json.loads(_get(port, "/workers?json=1"))["data"])


def _get(port: int, path: str) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
