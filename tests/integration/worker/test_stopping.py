"""`revrx-reports submit` without Celery, told to stop while it makes reports."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.database import engine
from app.migrate import migrate
from app.report import Report
from tests.integration.worker.conftest import only_these_settings
from tests.integration.worker.processes import COMMAND
from tests.waiting import wait_for

REPORTS = 12
AT_ONCE = 4


@pytest.fixture(autouse=True)
def database(tmp_path: Path) -> Iterator[str]:
    url = f"sqlite:///{tmp_path}/reports.db"
    with only_these_settings(tmp_path, DATABASE_URL=url):
        migrate()
        yield url


def states() -> list[str]:
    with engine().connect() as connection:
        return sorted(connection.scalars(select(Report.state)))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_what_runs_is_finished_and_the_rest_stays_queued(
    tmp_path: Path, database: str, number: signal.Signals, code: int
) -> None:
    file = tmp_path / "encounters.jsonl"
    lines = [json.dumps({"id": f"r{each}", "title": "A visit", "text": "PLAN: Rest."}) for each in range(REPORTS)]
    file.write_text("\n".join(lines))
    pace = {"DATABASE_URL": database, "REPORT_PACE_SECONDS": "3", "CELERY_WORKER_CONCURRENCY": str(AT_ONCE)}
    command = subprocess.Popen(
        [COMMAND / "revrx-reports", "submit", file], cwd=tmp_path, env=os.environ | pace,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for(lambda: states().count("running") == AT_ONCE, "nothing runs")

    command.send_signal(number)
    output, errors = command.communicate(timeout=20)

    assert command.returncode == code
    assert output == f"{AT_ONCE} completed, 0 failed\n"
    assert f"stopped: {REPORTS - AT_ONCE} reports are not finished; submit the file again to go on with them" in errors
    assert "Traceback" not in errors
    assert states() == ["completed"] * AT_ONCE + ["queued"] * (REPORTS - AT_ONCE)
