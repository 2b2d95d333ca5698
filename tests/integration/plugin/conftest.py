"""A real API server with the CRD, a namespace of its own for each test, and the command as a user calls it."""

import json
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from revrx_operator.api.crd import NAME, crd_yaml
from revrx_operator.cli import kubectl as revrx
from tests.e2e.kubectl import Kubectl
from tests.fixtures.api_server import ApiServer, api_server
from tests.fixtures.kubelet import kubelet

ROOT = Path(__file__).parents[3]
REPORTS = [sys.executable, "-c", "from app.cli import main; main()"]

START_SECONDS = 300
"""The first time on a machine the API server is built, which takes longer."""


@dataclass(frozen=True)
class Place:
    """A namespace, and the kubeconfig of who is at work in it."""

    kubectl: Kubectl
    kubeconfig: Path

    @property
    def namespace(self) -> str:
        return self.kubectl.namespace

    def revrx(self, command: str, *arguments: str) -> Result:
        """``kubectl revrx``."""
        where = ["--kubeconfig", str(self.kubeconfig), "--namespace", self.namespace]
        return CliRunner().invoke(revrx, [command, *where, *arguments], prog_name="kubectl revrx")

    def pool(self, name: str = "reports", groups: tuple[str, ...] = ("worker",), **spec: Any) -> None:
        """Apply a pool with these groups."""
        workers = [{"name": group, "queues": [group]} for group in groups]
        fixed = {"image": "revrx/worker:dev", "broker": {"url": "redis://redis:6379/0"}, "workers": workers}
        resource = {"apiVersion": "revrx.io/v1alpha1", "kind": "ReportWorkerPool"}
        self.kubectl.apply({**resource, "metadata": {"name": name}, "spec": {**fixed, **spec}})

    def spec(self, name: str = "reports") -> dict[str, Any]:
        """What the API server has stored."""
        pool = self.kubectl.get("rwp", name)
        assert pool is not None
        return dict(pool["spec"])

    def status(self, kind: str, name: str, **status: Any) -> None:
        """Write what an operator or a kubelet would write."""
        change = json.dumps({"status": status})
        self.kubectl("patch", kind, name, "--subresource=status", "--type=merge", f"--patch={change}")

    def worker(self, name: str, *, node: str = "here", pool: str = "reports", ready: bool = True) -> None:
        """Make a pod as a Deployment's, which no kubelet ever starts."""
        labels = {"revrx.io/pool": pool, "revrx.io/group": "worker"}
        spec = {"nodeName": node, "containers": [{"name": "worker", "image": "revrx/worker:dev"}]}
        self.kubectl.apply(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}
        )
        conditions = [{"type": "Ready", "status": str(ready)}]
        self.status("pod", name, phase="Running", conditions=conditions)

    def as_user(self, folder: Path, *rules: str) -> "Place":
        """The same place for somebody who may do only that: each rule is VERB RESOURCE."""
        name = "user"
        self.kubectl("create", "serviceaccount", name)
        for number, rule in enumerate(rules):
            verb, resource = rule.split()
            self.kubectl("create", "role", f"{name}-{number}", f"--verb={verb}", f"--resource={resource}")
            account = f"--serviceaccount={self.namespace}:{name}"
            self.kubectl("create", "rolebinding", f"{name}-{number}", f"--role={name}-{number}", account)
        config = yaml.safe_load(self.kubeconfig.read_text())
        config["users"][0]["user"] = {"token": self.kubectl("create", "token", name).strip()}
        file = folder / "kubeconfig"
        file.write_text(yaml.safe_dump(config))
        return replace(self, kubeconfig=file)


@pytest.fixture(scope="package")
def server() -> Iterator[ApiServer]:
    with pytest.MonkeyPatch.context() as patch, api_server() as server:
        patch.setenv("KUBECONFIG", str(server.kubeconfig))
        kubectl = Kubectl("tests")
        kubectl("apply", "--filename=-", stdin=crd_yaml())
        kubectl("wait", "--for=condition=Established", f"crd/{NAME}", "--timeout=30s")
        yield server


@pytest.fixture
def place(server: ApiServer) -> Place:
    kubectl = Kubectl("tests", f"plugin-{secrets.token_hex(3)}")
    kubectl("create", "namespace", kubectl.namespace)
    kubectl("create", "serviceaccount", "default")
    return Place(kubectl, server.kubeconfig)


def environment(folder: Path) -> dict[str, str]:
    """That of workers which make reports, with a database of their own."""
    path = os.pathsep.join(str(ROOT / part) for part in ("worker", "worker/revrx-worker/src"))
    return {**os.environ, "PYTHONPATH": path, "DATABASE_URL": f"sqlite:///{folder / 'reports.db'}"}


@pytest.fixture(scope="package")
def node(server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A node whose containers have ``revrx-reports`` and start in the folder that is given."""
    folder = tmp_path_factory.mktemp("container")
    with kubelet({"revrx-reports": REPORTS}, environment(folder)) as found:
        kubectl = Kubectl("tests")
        kubectl.apply(found)
        status = json.dumps({"status": found["status"]})
        kubectl("patch", "node", "here", "--subresource=status", "--type=merge", f"--patch={status}")
        yield folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test waits for the API server."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(START_SECONDS))
