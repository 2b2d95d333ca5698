import os
import subprocess
import time
from pathlib import Path

import pytest

from revrx_operator.api.spec import Broker, PoolSpec, WorkerGroup
from revrx_operator.resources.probes import HEARTBEAT_FILE, worker_probes

GROUP = WorkerGroup(name="worker", queues=["reports"])
SPEC = PoolSpec(image="i", broker=Broker(url="redis://redis:6379/0"), workers=[GROUP])


def answers(probe: str, heartbeat: Path) -> bool:
    """What the kubelet would make of the probe, with the heartbeat elsewhere."""
    command = worker_probes(SPEC, GROUP)[probe]["exec"]["command"]
    moved = [word.replace(HEARTBEAT_FILE, str(heartbeat)) for word in command]
    return subprocess.run(moved, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("age", "alive"), [(0, True), (500, True), (700, False)])
def test_a_worker_is_alive_while_its_heartbeat_is_younger_than_ten_minutes(
    tmp_path: Path, age: int, alive: bool
) -> None:
    heartbeat = tmp_path / "heartbeat"
    heartbeat.touch()
    os.utime(heartbeat, (time.time() - age, time.time() - age))
    assert answers("livenessProbe", heartbeat) is alive


def test_a_worker_that_is_silent_in_an_outage_stays_ready(tmp_path: Path) -> None:
    heartbeat = tmp_path / "heartbeat"
    heartbeat.touch()
    os.utime(heartbeat, (0, 0))
    assert answers("readinessProbe", heartbeat)


@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_a_worker_without_a_heartbeat_is_neither_started_nor_ready_nor_alive(tmp_path: Path, probe: str) -> None:
    assert not answers(probe, tmp_path / "heartbeat")
