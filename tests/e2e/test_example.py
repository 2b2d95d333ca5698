from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import EXAMPLES
from tests.e2e.waiting import eventually

NAME = "revrx-celery-worker"
SELECTED = {"revrx.io/pool": "revrx-celery", "revrx.io/group": "worker"}


@pytest.mark.smoke
def test_the_example_becomes_a_deployment_an_autoscaler_and_a_disruption_budget(home: Kubectl) -> None:
    home("create", "secret", "generic", "revrx-secrets", "--from-literal=redis-url=redis://redis.invalid:6379/0",
         "--from-literal=database-url=postgresql://revrx:secret@postgres.invalid:5432/revrx")  # fmt: skip
    home("apply", f"--filename={EXAMPLES / 'reportworkerpool.yaml'}")
    pool = home.get("rwp", "revrx-celery")
    deployment = _child(home, "deployment")
    autoscaler = _child(home, "horizontalpodautoscaler")
    budget = _child(home, "poddisruptionbudget")

    assert pool is not None
    for child in (deployment, autoscaler, budget):
        (owner,) = child["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["uid"]) == ("ReportWorkerPool", pool["metadata"]["uid"])
        assert owner["controller"]
    _check_deployment(deployment)
    _check_autoscaler(autoscaler["spec"])
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["selector"] == {"matchLabels": SELECTED}


def _child(kubectl: Kubectl, kind: str) -> Mapping[str, Any]:
    return eventually(lambda: kubectl.get(kind, NAME) or {}, bool, f"there is a {kind}")


def _check_deployment(deployment: Mapping[str, Any]) -> None:
    spec, pod = deployment["spec"], deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert spec["replicas"] == 2
    assert spec["selector"] == {"matchLabels": SELECTED}
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert pod["terminationGracePeriodSeconds"] == 330
    assert container["resources"] == {
        "requests": {"cpu": "500m", "memory": "1Gi"},
        "limits": {"cpu": "2", "memory": "4Gi"},
    }
    assert container["command"] == ["celery"]
    assert "--concurrency=4" in container["args"]
    assert "--time-limit=300" in container["args"]
    assert {"name": "ENABLE_CELERY", "value": "true"} in container["env"]


def _check_autoscaler(spec: Mapping[str, Any]) -> None:
    targets = {
        metric["resource"]["name"]: metric["resource"]["target"]["averageUtilization"] for metric in spec["metrics"]
    }
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)
    assert targets == {"cpu": 70, "memory": 80}
    assert spec["behavior"]["scaleDown"]["selectPolicy"] == "Disabled"
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME}


@pytest.mark.smoke
@pytest.mark.parametrize("file", sorted(file.name for file in EXAMPLES.glob("*.yaml")))
def test_the_api_server_accepts_every_example(home: Kubectl, file: str) -> None:
    home("apply", "--dry-run=server", f"--filename={EXAMPLES / file}")
