import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import WORKER, deployment, lone_pool
from tests.e2e.release import CRD, Release
from tests.e2e.waiting import eventually


@pytest.mark.smoke
def test_helm_installs_an_operator_that_is_ready_and_a_resource_that_is_served(release: Release) -> None:
    release.kubectl("wait", "--for=condition=Established", f"crd/{CRD}", "--timeout=30s")
    explained = release.kubectl("explain", "reportworkerpool.spec.workers.scaling.tasksPerReplica")
    (pod,) = release.pods()

    assert "depth target" in explained.lower()
    assert release.kubectl("get", "rwp", "--all-namespaces") == ""
    assert all(status["ready"] and not status["restartCount"] for status in pod["status"]["containerStatuses"])


def test_helm_3_installs_the_same_chart_and_pools_outlive_an_uninstall(release: Release, kubectl: Kubectl) -> None:
    kubectl.apply(lone_pool())
    eventually(lambda: deployment(kubectl), bool, "the pool has its Deployment")

    release.uninstall("helm")
    try:
        assert kubectl.get("rwp", "reports")
        assert kubectl.get("deployment", WORKER)
        release.install("helm3")
        assert CRD in release.helm("helm3", "get", "manifest", "revrx-worker", "--namespace", "revrx")

        kubectl("delete", "deployment", WORKER)
        eventually(lambda: deployment(kubectl), bool, "the operator that helm 3 installed puts the Deployment back")
        release.uninstall("helm3")
    finally:
        release.clear()
        release.install("helm")
