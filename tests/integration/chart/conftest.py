"""A real API server that knows pools, with namespaces that take restricted pods only."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from revrx_operator.api.crd import crd
from tests.fixtures.api_server import ApiServer, api_server
from tests.rendering import NAMESPACE, Manifest
from tools.kind.tools import tool

ROOT = Path(__file__).parents[3]
BUILD_SECONDS = 1200
"""For the first run on a machine: kube-apiserver, etcd, kubectl, two Helms and helm-unittest are built from source."""
NAMESPACES = (NAMESPACE, "team-a", "team-b")
AUDIT_POLICY = ROOT / "tools" / "kind" / "manifests" / "audit" / "policy.yaml"
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}

Kubectl = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave time for building the tools."""
    for item in items:
        if "/integration/chart/" in str(item.path):
            item.add_marker(pytest.mark.timeout(BUILD_SECONDS))


@pytest.fixture(scope="session")
def audit_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the API server writes what the operator asks of it."""
    return tmp_path_factory.mktemp("audit") / "audit.log"


@pytest.fixture(scope="session")
def server(audit_log: Path) -> Iterator[ApiServer]:
    """Without the admission of service accounts: on a dry run nobody has made those that the pods name."""
    audit = (f"--audit-policy-file={AUDIT_POLICY}", f"--audit-log-path={audit_log}")
    with api_server("--disable-admission-plugins=ServiceAccount", *audit) as server:
        yield server


@pytest.fixture(scope="session")
def kubectl(server: ApiServer) -> Kubectl:
    """kubectl as the administrator; takes arguments, and manifests for its input."""

    def call(*arguments: str, manifests: Sequence[Manifest] = ()) -> "subprocess.CompletedProcess[str]":
        command = [str(tool("kubectl")), f"--kubeconfig={server.kubeconfig}", *arguments]
        text = "\n---\n".join(json.dumps(manifest) for manifest in manifests)
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    namespaces = [_namespace(name) for name in NAMESPACES]
    done = call("apply", "--server-side", "--filename=-", manifests=[crd(), *namespaces])
    assert done.returncode == 0, done.stderr
    done = call("wait", "--for=condition=Established", f"crd/{crd()['metadata']['name']}", "--timeout=30s")
    assert done.returncode == 0, done.stderr
    return call


def _namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": RESTRICTED}}
