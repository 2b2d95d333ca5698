"""The load test of the worker guide, in both modes."""

import os
import re
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from app.database import engine
from app.report import Report
from tests.integration.worker.processes import WORKER_FOLDER, Workers

pytestmark = pytest.mark.timeout(120)


def load_test(workers: Workers, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/load_test_async_reports.py", *arguments],
        cwd=WORKER_FOLDER,
        env=os.environ | workers.env | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def left() -> int:
    """Reports of load tests that are still in the database."""
    with engine().connect() as connection:
        return connection.scalar(select(func.count()).where(Report.id.startswith("load-test-"))) or 0


def figures(output: str, name: str) -> list[float]:
    (line,) = [line for line in output.splitlines() if line.startswith(name)]
    return [float(value) for value in line.split()[1:]]


def test_with_celery_it_tells_rate_waits_runs_and_failures(workers: Workers) -> None:
    with workers.running("--concurrency", "2"):
        done = load_test(workers, "--reports", "30")

    assert done.returncode == 0, done.stderr
    assert re.match(r"30 reports by Celery workers in \d+\.\d s, \d+\.\d a second\n", done.stdout)
    assert all(0 < p50 <= p95 for p50, p95 in (figures(done.stdout, "waited"), figures(done.stdout, "ran")))
    assert done.stdout.splitlines()[-1] == "0 failed, 0 not finished in time"
    assert left() == 0


def test_in_asyncio_mode_it_needs_neither_redis_nor_worker(workers: Workers) -> None:
    done = load_test(workers, "--reports", "10", ENABLE_CELERY="false", REDIS_URL="redis://localhost:1/0")

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "0 failed, 0 not finished in time"), done.stderr
    assert done.stdout.startswith("10 reports by this process (asyncio) in ")


def test_reports_that_nobody_makes_are_counted_and_fail_the_test(workers: Workers) -> None:
    done = load_test(workers, "--reports", "3", "--timeout", "1", "--keep")

    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "0 failed, 3 not finished in time")
    assert left() == 3


def test_where_redis_is_away_it_says_so(workers: Workers) -> None:
    done = load_test(workers, "--reports", "1", REDIS_URL="redis://localhost:1/0")

    assert done.returncode == 1
    assert "Redis (CELERY_BROKER_URL or REDIS_URL) cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
