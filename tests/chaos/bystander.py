"""Somebody else's Job: once it has run to its end, Kubernetes itself works again.

An API server that answers is not enough: its controllers and its scheduler, which end when they cannot renew their own
leases, have to lead again, and kube-proxy has to know where the API server is.
"""

from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.waiting import eventually

NAME = "bystander"
WITHIN_SECONDS = 300.0
REACH_THE_API_SERVER = """
import socket, time
while True:
    try:
        socket.create_connection(("kubernetes.default", 443), 2).close()
        break
    except OSError:
        time.sleep(0.5)
"""


def wait_for(kubectl: Kubectl) -> None:
    """Return once the Job has run. Raises AssertionError after five minutes."""
    eventually(lambda: kubectl.apply(_job()), lambda _: True, "a Job is taken", within=WITHIN_SECONDS)
    eventually(lambda: _succeeded(kubectl), bool, "the Job of a bystander has run", within=WITHIN_SECONDS)
    kubectl("delete", "job", NAME, "--wait=false")


def _succeeded(kubectl: Kubectl) -> bool:
    job = kubectl.get("job", NAME)
    return job is not None and job.get("status", {}).get("succeeded") == 1


def _job() -> Manifest:
    container = {"name": NAME, "image": "revrx/worker:dev", "command": ["python", "-c", REACH_THE_API_SERVER]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": NAME},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}},
    }
