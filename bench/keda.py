"""KEDA's side of a comparison."""

from collections.abc import Mapping
from typing import Any


def scaled_object(
    deployment: str,
    *,
    redis: str,
    queue: str,
    tasks_per_replica: int,
    bounds: tuple[int, int],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Give the ScaledObject of a Deployment: its queue, tasks for each replica, least and most replicas, the rest."""
    trigger = {"address": redis, "listName": queue, "listLength": str(tasks_per_replica)}
    minimum, maximum = bounds
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": deployment},
        "spec": {
            "scaleTargetRef": {"name": deployment},
            "minReplicaCount": minimum,
            "maxReplicaCount": maximum,
            "triggers": [{"type": "redis", "metadata": trigger}],
            **settings,
        },
    }
