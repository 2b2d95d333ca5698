"""The plain Deployment and HPA of examples/without-operator, as somebody would apply them who has no operator."""

from tests.e2e.kubectl import Kubectl
from tests.e2e.plain_workers import NAME, WORKERS, small_workers
from tests.e2e.reports import submit, wait_until_completed

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


def restarts(kubectl: Kubectl) -> int:
    """How often containers of the workers were started again."""
    pods = kubectl.list("pods", f"app={NAME}")
    return sum(status["restartCount"] for pod in pods for status in pod["status"]["containerStatuses"])
