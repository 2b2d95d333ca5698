from pathlib import Path

from tests.e2e.waiting import eventually
from tests.fixtures.api_server import ApiServer
from tests.fixtures.operator_process import operator_process
from tests.integration.plugin.conftest import Place


def test_a_drain_is_over_when_the_last_terminating_pod_has_gone(
    server: ApiServer, place: Place, tmp_path: Path, redis_server: str
) -> None:
    """Its Deployment no longer counts it, and no watch tells of its end."""
    terminating_worker(place, "reports-worker-6f7c9d5b8-2xkqp")
    place.pool(drained=True, broker={"url": redis_server})

    with operator_process(server.kubeconfig, tmp_path):
        eventually(lambda: place.kubectl.get("deployment", "reports-worker"), bool, "there is a Deployment")
        place.status("deployment", "reports-worker", observedGeneration=1, replicas=0)
        told = eventually(lambda: drained(place), bool, "the drain is told")
        assert told["status"] == "False"
        assert "group worker: 1 workers left, 1 of them terminating;" in told["message"]

        place.kubectl("delete", "pod", "reports-worker-6f7c9d5b8-2xkqp", "--force", "--grace-period=0")
        eventually(lambda: drained(place)["status"], lambda status: status == "True", "the drain is over")


def terminating_worker(place: Place, name: str) -> None:
    """A pod of an older ReplicaSet whose worker finishes something; no kubelet ever tells that it has ended."""
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "old", "uid": "old-uid", "controller": True}
    labels = {"revrx.io/pool": "reports", "revrx.io/group": "worker"}
    spec = {"nodeName": "there", "containers": [{"name": "worker", "image": "revrx/worker:dev"}]}
    metadata = {"name": name, "labels": labels, "ownerReferences": [owner]}
    place.kubectl.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    place.status("pod", name, phase="Running")
    place.kubectl("delete", "pod", name, "--grace-period=600", "--wait=false")


def drained(place: Place) -> dict[str, str]:
    """The condition; empty as long as there is none."""
    pool = place.kubectl.get("rwp", "reports") or {}
    conditions = pool.get("status", {}).get("conditions", [])
    return next((dict(found) for found in conditions if found["type"] == "Drained"), {})
