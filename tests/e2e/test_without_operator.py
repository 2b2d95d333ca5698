"""The plain Deployment and HPA of examples/without-operator, as somebody would apply them who has no operator."""

from collections.abc import Iterator
from typing import Any

import yaml

from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import EXAMPLES, SMALL_RESOURCES
from tests.e2e.reports import submit, wait_until_completed

WORKERS = EXAMPLES / "without-operator" / "workers.yaml"
NAME = "revrx-celery-worker"
REPLICAS = 2
REPORTS = 20


def test_the_plain_workers_become_ready_by_their_probes_and_make_reports(stack: Kubectl) -> None:
    stack.apply(*small_workers())

    stack("rollout", "status", f"deployment/{NAME}", "--timeout=240s", seconds=260)
    submit(stack, REPORTS)
    wait_until_completed(stack, REPORTS, within=120)

    autoscaler = stack.get("horizontalpodautoscaler", f"{NAME}-hpa") or {}
    assert (autoscaler["spec"]["minReplicas"], autoscaler["spec"]["maxReplicas"]) == (2, 10)
    assert restarts(stack) == 0


def test_the_api_server_accepts_the_plain_workers_as_they_are(home: Kubectl) -> None:
    home("apply", "--dry-run=server", f"--filename={WORKERS}")


def small_workers() -> Iterator[dict[str, Any]]:
    """What the file has, in the test's own namespace, with requests that two cores can hold."""
    for manifest in yaml.safe_load_all(WORKERS.read_text()):
        del manifest["metadata"]["namespace"]
        if manifest["kind"] == "Deployment":
            manifest["spec"]["replicas"] = REPLICAS
            (container,) = manifest["spec"]["template"]["spec"]["containers"]
            container["resources"] = SMALL_RESOURCES
        yield manifest


def restarts(kubectl: Kubectl) -> int:
    """How often containers of the workers were started again."""
    pods = kubectl.list("pods", f"app={NAME}")
    return sum(status["restartCount"] for pod in pods for status in pod["status"]["containerStatuses"])
