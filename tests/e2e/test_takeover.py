from typing import Any

from revrx_operator.api.validation import parse_spec
from revrx_operator.resources.deployment import build_deployment
from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.pools import POOL, WORKER, deployment, lone_pool, worker_container
from tests.e2e.release import Release
from tests.e2e.waiting import eventually
from tests.e2e.watching import replicas_watch

OPERATOR, SCALER = "revrx-operator", "revrx-scaler"


def test_an_operator_that_died_before_the_hand_over_costs_no_replica(kubectl: Kubectl, release: Release) -> None:
    pool = lone_pool(image="example.com/none:1", scaling={"maxReplicas": 10})
    with replicas_watch(kubectl, WORKER) as watch:
        with release.away():
            kubectl.apply(pool)
            kubectl.apply(_created(kubectl), options=("--server-side", f"--field-manager={OPERATOR}"))
            assert _replicas_managers(deployment(kubectl)) == {OPERATOR}

        eventually(
            lambda: _replicas_managers(deployment(kubectl)), lambda found: found == {SCALER}, "the field is handed over"
        )
        kubectl.patch("rwp", POOL, {"spec": {"image": "example.com/none:2"}})
        eventually(
            lambda: worker_container(deployment(kubectl))["image"],
            lambda image: image == "example.com/none:2",
            "the operator has applied the Deployment once more",
        )

    assert set(watch.counts) == {5}


def _created(kubectl: Kubectl) -> dict[str, Any]:
    """The Deployment of the pool as the operator creates it, with its replicas."""
    pool = kubectl.get("rwp", POOL) or {}
    spec = parse_spec(pool["spec"])
    return build_deployment(pool, spec, spec.workers[0], replicas=5)


def _replicas_managers(of: Manifest) -> set[str]:
    """Who owns spec.replicas."""
    entries = of["metadata"]["managedFields"]
    return {entry["manager"] for entry in entries if "f:replicas" in entry["fieldsV1"].get("f:spec", {})}
