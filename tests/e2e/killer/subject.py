"""What is under test: workers, and who scales them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e.kubectl import Manifest
from tests.e2e.pools import OF_POOL, SMALL_RESOURCES, WORKER, small_pool

QUEUE = frozenset({"reports"})
CONCURRENCY = 4
MINIMUM = 1
WORKERS = 10
"""With four slots each they run forty reports."""
STABILIZATION_SECONDS = 5

APP = "slow"
APP_DIRECTORY = "/killer"


@dataclass(frozen=True)
class Subject:
    """A Deployment of workers of the queue `reports`, and what scales it between one replica and ten or more."""

    name: str
    manifests: tuple[Manifest, ...]
    deployment: str = WORKER
    selector: str = OF_POOL
    """Of the workers' pods."""


def ours(*, scaling: Mapping[str, Any] | None = None, limits: Mapping[str, Any] | None = None) -> Subject:
    """A pool of the operator, which wants to shrink at once."""
    pool = small_pool(scaling=_SCALING | dict(scaling or {}), app=APP)
    pool["spec"]["env"].append({"name": "PYTHONPATH", "value": APP_DIRECTORY})
    (group,) = pool["spec"]["workers"]
    resources = {**SMALL_RESOURCES, "limits": {**SMALL_RESOURCES["limits"], **(limits or {})}}
    group.update(prefetchMultiplier=1, resources=resources, podTemplate={"spec": _with_app()})
    # The product's defaults, which give a grace period of 330 s.
    del group["timeLimitSeconds"], group["softTimeLimitSeconds"]
    return Subject("ours", (pool,))


_SCALING: dict[str, Any] = {
    "minReplicas": MINIMUM,
    "maxReplicas": WORKERS,
    "tasksPerReplica": CONCURRENCY,
    "scaleDown": {"stabilizationSeconds": STABILIZATION_SECONDS, "maxReplicasPerMinute": 1000},
}


def _with_app() -> dict[str, Any]:
    return {
        "volumes": [{"name": APP, "configMap": {"name": APP}}],
        "containers": [{"name": "worker", "volumeMounts": [{"name": APP, "mountPath": APP_DIRECTORY}]}],
    }
