"""The operator as a process, with the service account and the roles of the chart and no other rights."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from tests.fixtures.accesses import ASKED_BY_ADMISSION, Access, audited, granted
from tests.fixtures.api_server import ApiServer
from tests.fixtures.operator_process import operator_process
from tests.fixtures.redis_server import running_redis
from tests.integration.chart.conftest import Kubectl
from tests.rendering import NAMESPACE, Manifest, render
from tests.waiting import wait_for

USER = f"system:serviceaccount:{NAMESPACE}:revrx-worker"
PATIENCE_SECONDS = 60.0
MESSAGES = 20

NOT_ASKED_HERE = {
    Access("list", "", "pods"),  # when workers are to go, and here are none
    Access("patch", "", "pods"),
    Access("get", "revrx.io", "reportworkerpools"),  # after a failure, and every five minutes
}
"""What only the end-to-end tests see; tests/e2e/test_rbac.py compares that."""


@pytest.fixture
def installed(kubectl: Kubectl) -> Iterator[list[Manifest]]:
    """What the chart renders by default, applied."""
    manifests = render({})
    done = kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", manifests=manifests)
    assert done.returncode == 0, done.stderr
    yield manifests
    kubectl("--namespace", NAMESPACE, "delete", "rwp,deployments,roles,rolebindings", "--all", "--wait=false")


@contextmanager
def operator(server: ApiServer, kubectl: Kubectl, manifests: Sequence[Manifest], folder: Path) -> Iterator[Path]:
    """The log of the operator, which runs with the environment and the account of the Deployment."""
    token = kubectl("--namespace", NAMESPACE, "create", "token", "revrx-worker").stdout.strip()
    config = yaml.safe_load(server.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    with operator_process(kubeconfig, folder, **_variables(manifests) | {"REVRX_IDENTITY": "test"}) as running:
        yield running.log


def _variables(manifests: Sequence[Manifest]) -> dict[str, str]:
    (deployment,) = (manifest for manifest in manifests if manifest["kind"] == "Deployment")
    env = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    return {entry["name"]: entry["value"] for entry in env if "value" in entry}


def pool(*groups: str, flower: bool = False) -> Manifest:
    workers = [{"name": group, "queues": [group], "scaling": {"minReplicas": 0}} for group in groups]
    broker = {"urlSecretRef": {"name": "revrx-secrets", "key": "redis-url"}}
    return {
        "apiVersion": "revrx.io/v1alpha1",
        "kind": "ReportWorkerPool",
        "metadata": {"name": "reports", "namespace": NAMESPACE},
        "spec": {
            "image": "revrx/worker:dev",
            "broker": broker,
            "workers": workers,
            "flower": {"enabled": flower, "basicAuthSecretRef": {"name": "revrx-secrets", "key": "login"}},
        },
    }


def secret(url: str) -> Manifest:
    metadata = {"name": "revrx-secrets", "namespace": NAMESPACE}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "stringData": {"redis-url": url, "login": "me:secret"},
    }


def eventually(kubectl: Kubectl, holds: Callable[[dict[str, Any]], bool], what: str, log: Path) -> None:
    """Wait until the spec.replicas of the Deployments, by name, are as they should be."""
    columns = "jsonpath={range .items[*]}{.metadata.name}: {.spec.replicas}{'\\n'}{end}"

    def told() -> str:
        return kubectl("--namespace", NAMESPACE, "get", "deployments", "-l", "revrx.io/pool", "-o", columns).stdout

    wait_for(
        lambda: holds(yaml.safe_load(told()) or {}),
        lambda: f"not within {PATIENCE_SECONDS:.0f} s: {what}; last seen: {told()}; log: {log.read_text()}",
        PATIENCE_SECONDS,
    )


def test_the_operator_asks_for_what_its_roles_allow_and_is_refused_nothing(
    server: ApiServer, kubectl: Kubectl, installed: list[Manifest], audit_log: Path, tmp_path: Path
) -> None:
    with running_redis() as url, operator(server, kubectl, installed, tmp_path) as log:
        kubectl("apply", "--server-side", "--filename=-", manifests=[secret(url), pool("worker", "other", flower=True)])
        eventually(kubectl, lambda found: len(found) == 3, "each group and Flower have their Deployment", log)
        redis.Redis.from_url(url).rpush("worker", *("{}" for _ in range(MESSAGES)))
        eventually(kubectl, lambda found: found["reports-worker"] > 1, "replicas are raised", log)
        kubectl("apply", "--server-side", "--filename=-", manifests=[pool("worker")])
        eventually(kubectl, lambda found: len(found) == 1, "the group that was removed is gone, and Flower", log)

    allowed, refused = audited(audit_log.read_text().splitlines(), USER)
    rules = [
        rule for manifest in installed if manifest["kind"] in {"Role", "ClusterRole"} for rule in manifest["rules"]
    ]

    assert "Traceback" not in log.read_text()
    assert not refused
    assert granted(rules) - ASKED_BY_ADMISSION - allowed == NOT_ASKED_HERE
    assert allowed <= granted(rules)
