"""SIGKILL for a worker. From inside its own container nothing can send it to PID 1; from the node's side one can."""

from typing import Any

from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.waiting import eventually

KILL = """
import os, pathlib, signal, sys
uid = sys.argv[1]
for process in pathlib.Path("/proc").glob("[1-9]*"):
    try:
        cgroup = (process / "cgroup").read_text().replace("_", "-")
        if uid in cgroup and b"celery" in (process / "cmdline").read_bytes():
            os.kill(int(process.name), signal.SIGKILL)
            print("killed", process.name)
    except (FileNotFoundError, ProcessLookupError):
        pass
"""


def kill_celery(kubectl: Kubectl, pod: Manifest) -> None:
    """Kill every Celery process of the pod, and return once the killing is done."""
    kubectl.apply(_killer(pod["metadata"]["uid"]))
    phase = eventually(lambda: _phase(kubectl), lambda phase: phase in {"Succeeded", "Failed"}, "the killer has run")
    assert phase == "Succeeded"
    assert "killed" in kubectl("logs", "killer")


def _phase(kubectl: Kubectl) -> str:
    return str((kubectl.get("pod", "killer") or {})["status"]["phase"])


def _killer(uid: str) -> dict[str, Any]:
    """A pod that sees the processes of the node, and may end them."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "killer"},
        "spec": {
            "hostPID": True,
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "killer",
                    "image": "revrx/worker:dev",
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python", "-c", KILL, uid],
                    "securityContext": {"runAsUser": 0},
                }
            ],
        },
    }
