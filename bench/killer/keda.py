"""KEDA in our operator's place: the Deployment that it makes, under a ScaledObject."""

from typing import Any

from bench.keda import scaled_object
from revrx_operator.api.spec import PoolSpec
from revrx_operator.resources.deployment import build_deployment
from tests.e2e.killer.subject import CONCURRENCY, MINIMUM, STABILIZATION_SECONDS, WORKERS, Subject, ours
from tests.e2e.pools import WORKER

LABELS = {"app": WORKER}


def keda(namespace: str, grace_seconds: int) -> Subject:
    """The workers of our pool with that grace period, scaled by KEDA as fast as it can."""
    return Subject(
        "KEDA",
        (_deployment(grace_seconds), _scaled_object(namespace)),
        selector=",".join(f"{key}={value}" for key, value in LABELS.items()),
    )


def _deployment(grace_seconds: int) -> dict[str, Any]:
    """The Deployment of our pool, as one of nobody. It starts with the minimum, where KEDA takes over."""
    (pool,) = ours().manifests
    spec = PoolSpec.model_validate(pool["spec"])
    owner = {**pool, "metadata": {**pool["metadata"], "namespace": "", "uid": ""}}
    made = build_deployment(owner, spec, spec.workers[0], replicas=MINIMUM)
    made["metadata"] = {"name": made["metadata"]["name"], "labels": LABELS}
    made["spec"]["selector"] = {"matchLabels": LABELS}
    made["spec"]["template"]["metadata"] = {"labels": LABELS}
    made["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = grace_seconds
    return made


def _scaled_object(namespace: str) -> dict[str, Any]:
    """The bounds, the target and the stabilisation of our pool, and no limit on the pace."""
    at_once = [{"type": "Pods", "value": WORKERS, "periodSeconds": 1}]
    behavior = {
        "scaleUp": {"stabilizationWindowSeconds": 0, "policies": at_once},
        "scaleDown": {"stabilizationWindowSeconds": STABILIZATION_SECONDS, "policies": at_once},
    }
    settings = {
        "pollingInterval": 1,
        "cooldownPeriod": STABILIZATION_SECONDS,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": behavior}},
    }
    return scaled_object(
        WORKER,
        redis=f"redis.{namespace}:6379",
        queue="reports",
        tasks_per_replica=CONCURRENCY,
        bounds=(MINIMUM, WORKERS),
        settings=settings,
    )
