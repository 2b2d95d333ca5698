"""What pause, resume and drain write, and who writes it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.kubectl import Kubectl, KubectlError
from tests.integration.plugin.conftest import Place

NAME = "reportworkerpool.revrx.io/reports"


def test_a_pool_is_paused_once(place: Place) -> None:
    place.pool()

    first, second = place.revrx("pause", "reports"), place.revrx("pause", "reports")

    assert place.spec()["paused"]
    assert (first.exit_code, first.stdout) == (0, f"{NAME} paused\n")
    assert first.stderr == "Its replicas stay as many as they are until kubectl revrx resume reports.\n"
    assert (second.exit_code, second.stdout, second.stderr) == (0, f"{NAME} is paused already\n", "")


def test_what_it_writes_is_in_its_name_and_a_later_apply_leaves_it_alone(place: Place) -> None:
    place.pool()
    place.revrx("pause", "reports")
    place.revrx("drain", "reports", "--no-wait")

    place.pool(image="revrx/worker:new")

    pool = place.kubectl.get("rwp", "reports")
    assert pool is not None
    assert "kubectl-revrx" in {entry["manager"] for entry in pool["metadata"]["managedFields"]}
    assert (pool["spec"]["image"], pool["spec"]["paused"], pool["spec"]["drained"]) == ("revrx/worker:new", True, True)


def test_to_resume_ends_pause_and_drain(place: Place) -> None:
    place.pool(paused=True, drained=True, drainedGroups=["worker"])

    first, second = place.revrx("resume", "reports"), place.revrx("resume", "reports")

    assert first.stdout == f"{NAME} resumed\n"
    assert second.stdout == f"{NAME} is neither paused nor drained\n"
    spec = place.spec()
    assert not spec["paused"]
    assert not spec["drained"]
    assert "drainedGroups" not in spec


def test_groups_are_drained_and_resumed_one_by_one(place: Place) -> None:
    place.pool(groups=("worker", "urgent", "slow"))

    said = [place.revrx("drain", "reports", "--no-wait", "--group", name).stdout for name in ("urgent", "slow", "slow")]
    assert said == [f"{NAME} group {end}\n" for end in ("urgent drains", "slow drains", "slow is drained already")]
    assert place.spec()["drainedGroups"] == ["urgent", "slow"]

    assert place.revrx("resume", "reports", "--group", "urgent").stdout == f"{NAME} group urgent resumed\n"
    assert place.spec()["drainedGroups"] == ["slow"]


def test_a_group_that_is_not_there_is_told_with_those_that_are(place: Place) -> None:
    place.pool(groups=("worker", "urgent"))

    ended = place.revrx("drain", "reports", "--no-wait", "--group", "urgnt")

    assert (ended.exit_code, ended.stderr) == (
        1,
        "Error: pool reports has no worker group urgnt; there is worker, urgent\n",
    )


def test_the_api_server_refuses_to_drain_a_group_that_is_not_there(place: Place) -> None:
    with pytest.raises(KubectlError, match="names a worker group that is not there; correct the name or remove it"):
        place.pool(drainedGroups=["urgent"])


def test_ctrl_c_says_that_the_drain_goes_on(place: Place) -> None:
    place.pool()
    where = ["--kubeconfig", str(place.kubeconfig), "--namespace", place.namespace]
    command = [
        sys.executable,
        "-c",
        "from revrx_operator.cli import kubectl_revrx; kubectl_revrx()",
        "drain",
        "reports",
    ]
    with subprocess.Popen([*command, *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{NAME} drains\n"
        assert process.stdout.readline() == "Waiting for reports: the operator has not taken it up yet\n"
        process.send_signal(signal.SIGINT)
        _, error = process.communicate()

    assert (process.returncode, error) == (130, "The drain goes on; kubectl revrx resume reports ends it\n")


def test_one_group_of_a_drained_pool_cannot_be_resumed(place: Place) -> None:
    place.pool(drained=True)

    ended = place.revrx("resume", "reports", "--group", "worker")

    assert ended.stderr == "Error: the whole pool reports is drained; kubectl revrx resume reports\n"


def test_a_drain_ends_when_no_worker_is_left(place: Place) -> None:
    place.pool(drained=True)
    told(place, generation=1, replicas=0)

    ended = place.revrx("drain", "reports", "--timeout", "30s")

    assert ended.exit_code == 0
    assert ended.stdout.splitlines() == [
        f"{NAME} is drained already",
        f"{NAME} has no worker left; kubectl revrx resume reports brings them back",
    ]


def test_a_drain_that_takes_too_long_says_who_is_left_and_where(place: Place) -> None:
    place.pool()
    place.worker("reports-worker-1", node="node-7")
    told(place, generation=2, replicas=1)

    ended = place.revrx("drain", "reports", "--timeout", "1s")

    assert ended.exit_code == 1
    assert "Waiting for reports: 1 workers left, 3 tasks running\n" in ended.stdout
    heading, row, error = ended.stderr.splitlines()
    assert heading.split() == ["POD", "GROUP", "NODE", "STATUS", "AGE", "HOLDS"]
    assert row.split()[:4] == ["reports-worker-1", "worker", "node-7", "Running"]
    assert error == (
        "Error: reports is not drained within 1s: 1 workers left, 3 tasks running. "
        "The drain goes on; kubectl revrx resume reports ends it"
    )


def test_a_drain_that_no_operator_takes_up_is_not_over_because_there_is_no_worker(place: Place) -> None:
    place.pool()
    told(place, generation=1, replicas=0)

    ended = place.revrx("drain", "reports", "--timeout", "1s")

    assert ended.exit_code == 1
    assert "not drained within 1s: the operator has not taken it up yet" in ended.stderr


def test_kubectl_finds_the_plugin(place: Place, tmp_path: Path) -> None:
    place.pool()
    plugin = tmp_path / "kubectl-revrx"
    plugin.write_text(f"#!{sys.executable}\nfrom revrx_operator.cli import kubectl_revrx\nkubectl_revrx()\n")
    plugin.chmod(0o755)

    command = [Kubectl("tests").command()[0], "revrx", "top", "--namespace", place.namespace]
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[1].split()[:2] == ["reports", "worker"]


def told(place: Place, *, generation: int, replicas: int) -> None:
    """Write the status that an operator would have written of that generation."""
    group = {"name": "worker", "replicas": replicas, "readyReplicas": replicas, "desiredReplicas": 0}
    work = {"waiting": 0, "running": 3 * replicas, "reason": "Drained", "message": "spec.drained"}
    place.status("rwp", "reports", observedGeneration=generation, groups=[{**group, **work}])
