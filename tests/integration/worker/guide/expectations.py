"""What each command line of the page is to do. A line that matches no form here fails its test."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import redis

from tests.fixtures.redis_server import redis_server
from tests.integration.worker.guide.monitors import events_shows_workers_and_tasks, flower_shows_the_worker
from tests.integration.worker.guide.place import WORKER, Place
from tests.integration.worker.guide.worker_lines import workers_are_what_they_are_asked_to_be
from tests.waiting import wait_for

CELERY = "celery -A app.celery_app"
QUEUES = {"reports", "default"}
NO_ANSWER = 69


class Where(Enum):
    """Which place a line gets."""

    ALONE = auto()
    """One of its own, without a worker."""
    IDLE = auto()
    """With a worker that has nothing to do."""
    BUSY = auto()
    """With a worker that runs a report, holds another one and a task for later, while a third report waits."""


@dataclass(frozen=True)
class Expectation:
    """For lines of one form: where they run, and the check that runs them. Lines with & come in one call."""

    form: str
    where: Where
    check: Callable[..., None]


def expectation_of(line: str) -> Expectation:
    """The one whose form the line has."""
    found = [expected for expected in EXPECTED if re.fullmatch(expected.form, line)]
    assert found, f"nothing is known of what this line is to do; say it in {__file__}:\n{line}"
    return found[0]


def _says(text: str, **env: str) -> Callable[[Place, str], None]:
    """The line ends well and prints that, a regular expression."""

    def check(place: Place, line: str) -> None:
        said = _well(place.run(line, **env))
        assert re.search(text, said.stdout), f"{text!r} is not in:\n{said.stdout}"

    return check


def _well(said: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert said.returncode == 0, f"it ends with {said.returncode}:\n{said.stdout}{said.stderr}"
    return said


def _makes_the_tables(place: Place, line: str) -> None:
    new = f"sqlite:///{place.folder}/new.db"
    assert "tables are up to date" in _well(place.run(line, DATABASE_URL=new)).stdout


def _tells_the_length(place: Place, line: str) -> None:
    queue = line.rsplit(maxsplit=1)[-1]
    with redis.Redis.from_url(place.env["REDIS_URL"]) as client:
        assert _well(place.run(line)).stdout == f"{client.llen(queue)}\n"


def _pings_redis(place: Place, line: str) -> None:
    with redis_server("--requirepass", "secret") as guarded:
        where = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(guarded.port)}
        assert _well(place.run(line, **where, REDIS_PASSWORD="secret")).stdout == "PONG\n"
        assert place.run(line, **where, REDIS_PASSWORD="wrong").stdout != "PONG\n"


def _lets_the_running_report_end(place: Place, line: str) -> None:
    with place.worker("--concurrency=1", REPORT_PACE_SECONDS="8") as worker:
        place.submit("last")
        wait_for(lambda: _running(place) != [], "the report is not begun")
        said = place.run(line)
        assert worker.process.wait(timeout=40) == 0
    assert (said.returncode, said.stderr) == (NO_ANSWER, "Error: No nodes replied within time constraint\n")
    assert '"completed"' in place.run("revrx-reports show last --json").stdout


def _empties_the_queues_only(place: Place, line: str) -> None:
    running = _running(place)
    assert "Aborted!" in place.run(line, answer="n\n").stderr
    said = _well(place.run(line, answer="y\n")).stdout
    assert "remove all tasks from queues: default, reports." in said
    assert "Purged 1 message from 2 known task queues." in said
    assert _running(place) == running


def _running(place: Place) -> list[str]:
    """The ids of the tasks that the worker runs."""
    (tasks,) = place.ask("active").values()
    return [task["id"] for task in tasks]


def _leaves(place: Place, line: str) -> None:
    queues = set(line.split()[5:]) or QUEUES
    assert f"no longer consuming from {', '.join(sorted(queues))}" in _well(place.run(line)).stdout
    wait_for(lambda: _taken(place) == QUEUES - queues, "the queues are not left")
    with place.client() as client:
        for queue in queues:
            client.control.add_consumer(queue)
    wait_for(lambda: _taken(place) == QUEUES, "the queues are not taken up again")


def _takes_up(place: Place, line: str) -> None:
    queues = set(line.split()[5:]) or QUEUES
    with place.client() as client:
        for queue in queues:
            client.control.cancel_consumer(queue)
    wait_for(lambda: _taken(place) == QUEUES - queues, "the queues are not left")
    assert f"add consumer {', '.join(sorted(queues))}" in _well(place.run(line)).stdout
    wait_for(lambda: _taken(place) == QUEUES, "the queues are not taken up again")


def _taken(place: Place) -> set[str]:
    """The queues that the worker takes tasks from."""
    (queues,) = place.ask("active_queues").values()
    return {queue["name"] for queue in queues}


def _is_run_by_the_worker(place: Place, line: str) -> None:
    task_id = _well(place.run(line)).stdout.strip()
    with place.client() as client:
        assert client.AsyncResult(task_id).get(timeout=20) == "ok"


EXPECTED = [
    Expectation("revrx-reports migrate", Where.ALONE, _makes_the_tables),
    Expectation(f"{WORKER}( .*)?", Where.ALONE, workers_are_what_they_are_asked_to_be),
    Expectation(f"{CELERY} inspect active", Where.BUSY, _says(r"process_report")),
    Expectation(f"{CELERY} inspect scheduled", Where.BUSY, _says(r"'eta': .*health_check")),
    Expectation(f"{CELERY} inspect reserved", Where.BUSY, _says(r"process_report")),
    Expectation(f"{CELERY} inspect registered", Where.BUSY, _says(r"\* app\.tasks\.report_tasks\.process_report")),
    Expectation(f"{CELERY} inspect stats", Where.BUSY, _says(r'"max-concurrency": 1')),
    Expectation(f"{CELERY} inspect ping", Where.BUSY, _says(r"pong\n\n1 node online")),
    Expectation(f"{CELERY} inspect active_queues", Where.BUSY, _says(r"'name': 'reports'")),
    Expectation(r"redis-cli LLEN \w+", Where.BUSY, _tells_the_length),
    Expectation(f"{CELERY} control enable_events", Where.IDLE, _says("OK\n +task events (already )?enabled")),
    Expectation(f"{CELERY} events", Where.IDLE, events_shows_workers_and_tasks),
    Expectation(rf"{CELERY} flower --port=\d+", Where.IDLE, flower_shows_the_worker),
    Expectation(f"{CELERY} control shutdown", Where.ALONE, _lets_the_running_report_end),
    Expectation(f"{CELERY} purge", Where.BUSY, _empties_the_queues_only),
    Expectation(f"{CELERY} control cancel_consumer( reports| default)?", Where.IDLE, _leaves),
    Expectation(f"{CELERY} control add_consumer( reports| default)?", Where.IDLE, _takes_up),
    Expectation(f"{CELERY} control log_level debug", Where.IDLE, _says("OK\n +log level debug")),
    Expectation(f"{CELERY} call app.celery_app.health_check", Where.IDLE, _is_run_by_the_worker),
    Expectation(rf'{CELERY} result "\$\({CELERY} call app.celery_app.health_check\)"', Where.IDLE, _says("^ok\n$")),
    Expectation(r"redis-cli -h .* -p .* -a .* PING", Where.ALONE, _pings_redis),
    Expectation(
        r'python -c "from app.celery_app import celery_app; .*"', Where.ALONE, _says("'broker_url': 'redis://")
    ),
    Expectation(r'python -c "from app.tasks.report_tasks import process_report"', Where.ALONE, _says("^$")),
    Expectation(
        "python scripts/load_test_async_reports.py",
        Where.IDLE,
        _says(r"100 reports by Celery workers in (.*\n)+0 failed, 0 not finished in time\n$"),
    ),
]
