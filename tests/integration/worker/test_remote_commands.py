"""The remote commands of the worker guide, typed as it has them."""

from collections.abc import Iterator

import pytest

from tests.integration.worker.processes import Worker, Workers
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module", params=["prefork", "threads"])
def worker(workers: Workers, request: pytest.FixtureRequest) -> Iterator[Worker]:
    with workers.running("--pool", request.param, "--concurrency", "2", "-Q", "reports,default") as started:
        yield started


def taken(workers: Workers) -> set[str]:
    """The queues that the worker takes tasks from."""
    said = workers.celery("inspect", "active_queues").stdout
    return {name for name in ("reports", "default") if f"'name': '{name}'" in said}


def test_without_a_queue_a_worker_leaves_all_of_its_queues_and_takes_them_up_again(
    workers: Workers, worker: Worker
) -> None:
    cancelled = workers.celery("control", "cancel_consumer")
    wait_for(lambda: taken(workers) == set(), "the queues are not left")
    added = workers.celery("control", "add_consumer")
    wait_for(lambda: taken(workers) == {"reports", "default"}, "the queues are not taken up again")

    assert "no longer consuming from default, reports" in cancelled.stdout
    assert "add consumer default, reports" in added.stdout
    assert (cancelled.returncode, added.returncode) == (0, 0)


def test_with_a_queue_they_do_what_celerys_own_do(workers: Workers, worker: Worker) -> None:
    workers.celery("control", "cancel_consumer", "default")
    wait_for(lambda: taken(workers) == {"reports"}, "the queue is not left")
    workers.celery("control", "add_consumer", "default")
    wait_for(lambda: taken(workers) == {"reports", "default"}, "the queue is not taken up again")


def test_log_level_reaches_the_worker_and_the_processes_that_run_its_tasks(workers: Workers, worker: Worker) -> None:
    def logged() -> int:
        return worker.log.read_text().count("succeeded in")

    workers.check_health()
    wait_for(lambda: logged() == 1, "the end of the task is not logged")

    assert "log level warning" in workers.celery("control", "log_level", "warning").stdout
    for _ in range(4):
        workers.check_health()
    assert logged() == 1

    workers.celery("control", "log_level", "info")
    workers.check_health()
    wait_for(lambda: logged() == 2, "tasks are not logged again")


@pytest.mark.parametrize("level", [["loud"], []])
def test_a_level_that_is_none_is_refused_with_those_that_there_are(
    workers: Workers, worker: Worker, level: list[str]
) -> None:
    said = workers.celery("control", "log_level", *level)

    assert "is no log level; give one of debug, info, warning, error, critical" in said.stdout
