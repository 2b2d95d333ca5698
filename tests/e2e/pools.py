"""The pools that the tests apply, and where their state is read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.kubectl import Kubectl, Manifest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
MANIFESTS = Path(__file__).parent / "manifests"

SMALL_RESOURCES = {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}}

POOL = "reports"
WORKER = "reports-worker"
"""Deployment, HPA and PDB of the one group that ``small_pool`` has."""
OF_POOL = f"revrx.io/pool={POOL}"
"""Label selector of everything that belongs to the pool."""
CHILDREN = ("deployments", "horizontalpodautoscalers", "poddisruptionbudgets")


def small_pool(
    *, variables: Mapping[str, str] | None = None, scaling: Mapping[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    """The pool of manifests/pool.yaml with more variables, other scaling, other fields of the spec."""
    pool = read(MANIFESTS / "pool.yaml")
    pool["spec"]["workers"][0]["scaling"].update(scaling or {})
    pool["spec"].update(spec)
    return _with_variables(pool, variables or {})


def lone_pool(*, scaling: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A pool that needs no Secret and finds no Redis, for tests that look at objects only."""
    return small_pool(scaling=scaling, **{"broker": {"url": "redis://redis:6379/0"}, "env": [], **spec})


def small_example(*, variables: Mapping[str, str], scaling: Mapping[str, Any]) -> dict[str, Any]:
    """examples/reportworkerpool.yaml with requests that two cores can hold, under the name of the small pool."""
    pool = read(EXAMPLES / "reportworkerpool.yaml")
    pool["metadata"] = {"name": POOL}
    (group,) = pool["spec"]["workers"]
    group["scaling"].update(scaling)
    group["resources"] = SMALL_RESOURCES
    for container in group["podTemplate"]["spec"]["initContainers"]:
        container["resources"] = SMALL_RESOURCES
    return _with_variables(pool, variables)


def _with_variables(pool: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    pool["spec"]["env"] += [{"name": name, "value": value} for name, value in variables.items()]
    return pool


def read(path: Path) -> dict[str, Any]:
    """The one object of a YAML file."""
    return dict(yaml.safe_load(path.read_text()))


def condition(kubectl: Kubectl, name: str) -> Manifest:
    """A condition of the pool; empty as long as it has none of that type."""
    pool = kubectl.get("rwp", POOL) or {}
    conditions = pool.get("status", {}).get("conditions", [])
    return next((found for found in conditions if found["type"] == name), {})


def wait_until_ready(kubectl: Kubectl) -> None:
    """As a user waits."""
    kubectl("wait", "--for=condition=Ready", f"rwp/{POOL}", "--timeout=180s", seconds=200)


def deployment(kubectl: Kubectl, name: str = WORKER) -> Manifest:
    """The Deployment; empty as long as there is none."""
    return kubectl.get("deployment", name) or {}


def replicas(kubectl: Kubectl) -> int | None:
    """spec.replicas of the group; None as long as it has no Deployment."""
    count = deployment(kubectl).get("spec", {}).get("replicas")
    return None if count is None else int(count)


def ready_replicas(kubectl: Kubectl) -> int:
    """How many workers of the group are ready."""
    return int(deployment(kubectl).get("status", {}).get("readyReplicas", 0))


def worker_container(of: Manifest) -> Manifest:
    """The worker's container in a Deployment."""
    containers = of["spec"]["template"]["spec"]["containers"]
    return next(container for container in containers if container["name"] == "worker")


def worker_env(of: Manifest) -> dict[str, str]:
    """The plain variables of the worker in a Deployment."""
    return {entry["name"]: entry["value"] for entry in worker_container(of)["env"] if "value" in entry}
