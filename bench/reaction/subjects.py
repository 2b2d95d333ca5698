"""What is measured: a pool of ours, and a Deployment of the same shape under a ScaledObject of KEDA."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import keda

Manifest = dict[str, Any]

NAMESPACE = "bench-reaction"
DEPLOYMENT = "reaction-worker"
"""What the operator names it, after pool and group; the copy that KEDA scales takes the name when it is free."""
QUEUE = "reaction"
REDIS = f"redis.{NAMESPACE}:6379"
MAX_REPLICAS = 10
TASKS_PER_REPLICA = 4

APP = Path(__file__).with_name("hold.py")
APP_DIRECTORY = "/bench"
APP_VOLUME = "app"


@dataclass(frozen=True)
class Subject:
    """A scaler with its settings."""

    name: str
    period_seconds: float
    """The longest period with which it looks at anything; the pause before the messages is up to that long."""
    settings: Mapping[str, Any] | None = None
    """Fields of the ScaledObject's spec beside target, bounds and trigger; None for ours, which has no ScaledObject."""


OURS = Subject("ours", period_seconds=5)
WITHOUT_LIMIT = {"policies": [{"type": "Pods", "value": MAX_REPLICAS, "periodSeconds": 15}]}
KEDA = (
    Subject("KEDA, defaults", period_seconds=30, settings={}),
    Subject("KEDA, pollingInterval 1", period_seconds=15, settings={"pollingInterval": 1}),
    Subject(
        "KEDA, pollingInterval 1, scale-up unlimited",
        period_seconds=15,
        settings={
            "pollingInterval": 1,
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleUp": WITHOUT_LIMIT}}},
        },
    ),
)


def app() -> Manifest:
    """Give the ConfigMap that brings the workers their Celery app."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": APP_VOLUME},
        "data": {APP.name: APP.read_text()},
    }


def pool(minimum: int) -> Manifest:
    """Give the pool: one group, workers with one slot, which are killed at once when a run is over."""
    group = {
        "name": DEPLOYMENT.rpartition("-")[2],
        "queues": [QUEUE],
        "concurrency": 1,
        "prefetchMultiplier": 1,
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}},
        "podTemplate": {"spec": _with_app()},
        "scaling": {
            "minReplicas": minimum,
            "maxReplicas": MAX_REPLICAS,
            "tasksPerReplica": TASKS_PER_REPLICA,
            "scaleDown": {"stabilizationSeconds": 0},
        },
    }
    return {
        "apiVersion": "revrx.io/v1alpha1",
        "kind": "ReportWorkerPool",
        "metadata": {"name": DEPLOYMENT.partition("-")[0]},
        "spec": {
            "image": "revrx/worker:dev",
            "app": APP.stem,
            "broker": {"url": f"redis://{REDIS}/0"},
            "env": [{"name": "PYTHONPATH", "value": APP_DIRECTORY}],
            "workers": [group],
        },
    }


def _with_app() -> Manifest:
    return {
        "terminationGracePeriodSeconds": 1,
        "volumes": [{"name": APP_VOLUME, "configMap": {"name": APP_VOLUME}}],
        "containers": [{"name": "worker", "volumeMounts": [{"name": APP_VOLUME, "mountPath": APP_DIRECTORY}]}],
    }


def same_shape(ours: Mapping[str, Any], minimum: int) -> Manifest:
    """Give a Deployment like one of ours as the API server has it, but of nobody: no owner, and labels of its own."""
    labels = {"app": DEPLOYMENT}
    template = ours["spec"]["template"]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": DEPLOYMENT},
        "spec": {
            "replicas": minimum,
            "selector": {"matchLabels": labels},
            "strategy": ours["spec"]["strategy"],
            "template": {"metadata": {"labels": labels}, "spec": template["spec"]},
        },
    }


def scaled_object(settings: Mapping[str, Any], minimum: int) -> Manifest:
    """Give KEDA's side of the Deployment: the same bounds, queue and tasks for each replica."""
    return keda.scaled_object(
        DEPLOYMENT,
        redis=REDIS,
        queue=QUEUE,
        tasks_per_replica=TASKS_PER_REPLICA,
        bounds=(minimum, MAX_REPLICAS),
        settings=settings,
    )
