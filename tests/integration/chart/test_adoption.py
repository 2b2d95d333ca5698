"""The CRD of a release that was uninstalled, taken over by another release as the README says."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from revrx_operator.api.crd import NAME, crd, crd_yaml
from tests.e2e.charts import NEW_FIELD, older_chart
from tests.e2e.kubectl import Kubectl
from tests.fixtures.api_server import api_server
from tests.pages import blocks
from tests.rendering import CHART
from tools.kind.tools import tool

FIRST, SECOND = "first", "second"
POOL = {
    "apiVersion": "revrx.io/v1alpha1",
    "kind": "ReportWorkerPool",
    "metadata": {"name": "reports"},
    "spec": {
        "image": "revrx/worker:dev",
        "broker": {"url": "redis://redis:6379/0"},
        "workers": [{"name": "worker", "queues": ["reports"]}],
    },
}
(LINES,) = (block.text for block in blocks((CHART / "README.md").read_text()) if "meta.helm.sh" in block.text)


@pytest.fixture(scope="module")
def kubectl() -> Iterator[Kubectl]:
    """A cluster with a namespace for each release, which are called as they are."""
    with pytest.MonkeyPatch.context() as patch, api_server() as server:
        patch.setenv("KUBECONFIG", str(server.kubeconfig))
        kubectl = Kubectl("tests", FIRST)
        for namespace in (FIRST, SECOND):
            kubectl("create", "namespace", namespace)
        yield kubectl


@pytest.fixture
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    yield kubectl
    done("helm", f"helm uninstall {SECOND} --namespace {SECOND} --ignore-not-found")
    kubectl("delete", "crd", NAME, "--ignore-not-found")


def shell(helm: str, lines: str) -> "subprocess.CompletedProcess[str]":
    """Run lines as they stand, where ``helm`` is that Helm."""
    commands = {"helm": tool(helm), "kubectl": tool("kubectl")}
    aliases = "\n".join(f'{name}() {{ "{path}" "$@"; }}' for name, path in commands.items())
    script = f"set -e\n{aliases}\n{lines}"
    return subprocess.run(
        ["bash", "-c", script], cwd=CHART.parents[1], env=os.environ, capture_output=True, text=True, check=False
    )


def done(helm: str, lines: str) -> None:
    ran = shell(helm, lines)
    assert ran.returncode == 0, ran.stderr


def of_the_readme(more: str = "") -> str:
    return LINES.replace("RELEASE", SECOND).replace("NAMESPACE", SECOND).rstrip() + f" {more}"


def left_by(helm: str, chart: Path, kubectl: Kubectl) -> None:
    """The first release comes and goes; a pool stays."""
    done(helm, f"helm install {FIRST} {chart} --namespace {FIRST}")
    kubectl("wait", "--for=condition=Established", f"crd/{NAME}", "--timeout=30s")
    kubectl.apply(POOL)
    done(helm, f"helm uninstall {FIRST} --namespace {FIRST}")


def knows_the_new_field(kubectl: Kubectl) -> bool:
    return NEW_FIELD in kubectl("explain", "rwp.spec")


@pytest.mark.parametrize("helm", ["helm", "helm3"])
def test_a_crd_that_was_kept_is_taken_over_with_its_pools_and_upgraded(
    cluster: Kubectl, tmp_path: Path, helm: str
) -> None:
    left_by(helm, older_chart(tmp_path), cluster)
    uid = (cluster.get("rwp", "reports") or {})["metadata"]["uid"]

    refused = shell(helm, f"helm install {SECOND} charts/revrx-worker --namespace {SECOND}")
    assert refused.returncode == 1
    assert "invalid ownership metadata" in refused.stderr

    done(helm, of_the_readme())

    annotations = (cluster.get("crd", NAME) or {})["metadata"]["annotations"]
    assert annotations["meta.helm.sh/release-namespace"] == SECOND
    assert (cluster.get("rwp", "reports") or {})["metadata"]["uid"] == uid
    assert knows_the_new_field(cluster)
    done(helm, f"helm upgrade {SECOND} charts/revrx-worker --namespace {SECOND} --set replicas=2")


def test_a_crd_that_was_applied_by_hand_is_taken_over(cluster: Kubectl) -> None:
    different = crd_yaml().replace("minimum: 1\n", "minimum: 2\n", 1)
    cluster("apply", "--server-side", "--filename=-", stdin=different)

    done("helm", of_the_readme("--force-conflicts"))

    assert (cluster.get("crd", NAME) or {})["spec"]["versions"] == crd()["spec"]["versions"]

    assert (cluster.get("crd", NAME) or {})["metadata"]["annotations"]["meta.helm.sh/release-name"] == SECOND


def test_a_second_release_leaves_the_crd_to_the_first(cluster: Kubectl) -> None:
    done("helm", f"helm install {FIRST} charts/revrx-worker --namespace {FIRST}")
    done("helm", f"helm install {SECOND} charts/revrx-worker --namespace {SECOND} --set crds.install=false")

    assert (cluster.get("crd", NAME) or {})["metadata"]["annotations"]["meta.helm.sh/release-name"] == FIRST
    done("helm", f"helm uninstall {FIRST} --namespace {FIRST}")
