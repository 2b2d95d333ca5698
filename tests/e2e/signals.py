"""Signals to a pod's processes. From inside a container nothing can kill its PID 1; from the node's side one can."""

import secrets
from typing import Any

from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.waiting import eventually

SEND = """
import os, pathlib, signal, sys
uid, word, number = sys.argv[1], sys.argv[2].encode(), signal.Signals[sys.argv[3]]
for process in pathlib.Path("/proc").glob("[1-9]*"):
    try:
        cgroup = (process / "cgroup").read_text().replace("_", "-")
        if uid in cgroup and word in (process / "cmdline").read_bytes():
            os.kill(int(process.name), number)
            print("sent to", process.name)
    except (FileNotFoundError, ProcessLookupError):
        pass
"""


def send_signal(kubectl: Kubectl, pod: Manifest, signal: str, *, to: str) -> None:
    """Send it to each process of the pod that has the word in its command line; returns once that is done."""
    name = f"sends-{signal.lower()}-{secrets.token_hex(2)}"
    kubectl.apply(_sender(name, pod["metadata"]["uid"], to, signal))
    phase = eventually(
        lambda: _phase(kubectl, name), lambda phase: phase in {"Succeeded", "Failed"}, "the signal is sent"
    )
    assert phase == "Succeeded"
    assert "sent to" in kubectl("logs", name)


def _phase(kubectl: Kubectl, name: str) -> str:
    return str((kubectl.get("pod", name) or {})["status"]["phase"])


def _sender(name: str, uid: str, word: str, signal: str) -> dict[str, Any]:
    """A pod that sees the processes of the node, and may signal them."""
    container = {
        "name": "sender",
        "image": "revrx/worker:dev",
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", SEND, uid, word, signal],
        "securityContext": {"runAsUser": 0},
    }
    spec = {"hostPID": True, "restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
