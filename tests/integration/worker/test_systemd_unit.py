"""The systemd unit: systemd's own verdict, and its three command lines run for real."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.worker.processes import COMMAND, WORKER_FOLDER, Workers
from tests.waiting import wait_for

UNIT = WORKER_FOLDER / "systemd" / "revrx-celery-worker.service"
INSTALLED = "/opt/revrx/worker/venv/bin/"

pytestmark = pytest.mark.timeout(120)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed on this machine")
def test_systemd_takes_the_unit_without_a_word(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(INSTALLED, f"{COMMAND}/"))

    said = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)

    assert (said.returncode, said.stderr) == (0, "")


class Service:
    """Runs a line of the unit as systemd would, in folders of its own."""

    def __init__(self, workers: Workers, folder: Path) -> None:
        self._workers = workers
        self.folder = folder

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """`ExecStart`, `ExecStop` or `ExecReload`."""
        text = UNIT.read_text().replace("\\\n", " ")
        (command,) = [value for key, _, value in (entry.partition("=") for entry in text.splitlines()) if key == line]
        for installed, here in ((INSTALLED, f"{COMMAND}/"), ("/run/", self._path), ("/var/log/", self._path)):
            command = command.replace(installed, here)
        return subprocess.run(
            shlex.split(command.replace("%%", "%")),
            cwd=WORKER_FOLDER,
            env=os.environ | self._workers.env,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )

    def pid(self) -> int:
        """Of the worker, as its file says."""
        return int((self.folder / "celery" / "worker1.pid").read_text())

    @property
    def _path(self) -> str:
        return f"{self.folder}/"


@pytest.fixture
def service(workers: Workers, tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "celery").mkdir()
    made = Service(workers, tmp_path)
    yield made
    if (tmp_path / "celery" / "worker1.pid").exists():
        made.run("ExecStop")


def test_its_three_lines_start_a_worker_start_it_anew_and_stop_it_when_its_tasks_are_done(
    service: Service, workers: Workers
) -> None:
    def answers() -> bool:
        return "pong" in workers.celery("inspect", "ping").stdout

    service.run("ExecStart")
    wait_for(answers, "the worker does not answer", 40)
    first = service.pid()

    service.run("ExecReload")
    wait_for(lambda: answers() and service.pid() != first, "the worker was not started anew", 40)
    queues = workers.celery("inspect", "active_queues").stdout
    assert "'name': 'reports'" in queues
    assert "'name': 'default'" not in queues

    service.run("ExecStop")
    assert not (service.folder / "celery" / "worker1.pid").exists()
    assert not answers()
