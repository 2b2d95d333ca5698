"""Whoever is told to stop while it starts is gone soon, and not at the end of its grace period."""

from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.pools import OF_POOL, small_pool
from tests.e2e.release import Release
from tests.e2e.waiting import eventually

GRACE_SECONDS = 600
OPERATORS_GRACE_SECONDS = 30
"""The chart's default."""


def test_a_worker_told_to_stop_while_it_starts_does_not_outstay_its_welcome(stack: Kubectl) -> None:
    pool = small_pool()
    pool["spec"]["workers"][0]["terminationGracePeriodSeconds"] = GRACE_SECONDS
    stack.apply(pool)

    starting = eventually(lambda: _starting(stack.list("pods", OF_POOL)), bool, "a worker is starting")

    _is_gone_once_deleted(stack, starting[0], GRACE_SECONDS / 5)


def test_an_operator_told_to_stop_while_it_starts_does_not_go_on_to_lead(release: Release) -> None:
    release.kubectl("delete", "pod", *(pod["metadata"]["name"] for pod in release.pods()), "--wait=false")

    starting = eventually(lambda: _starting(release.pods()), bool, "an operator is starting")

    _is_gone_once_deleted(release.kubectl, starting[0], OPERATORS_GRACE_SECONDS / 2)


def _is_gone_once_deleted(kubectl: Kubectl, pod: Manifest, within: float) -> None:
    name = pod["metadata"]["name"]
    kubectl("delete", "pod", name, "--wait=false")
    eventually(lambda: kubectl.get("pod", name), lambda found: found is None, "it is gone", within=within)


def _starting(pods: list[Manifest]) -> list[Manifest]:
    """Those whose process runs and is not ready yet, and which nobody has told to stop."""
    staying = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    return [pod for pod in staying for status in pod["status"].get("containerStatuses", []) if _is_starting(status)]


def _is_starting(container: Manifest) -> bool:
    return "running" in container["state"] and not container["ready"]
