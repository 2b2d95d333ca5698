"""The HorizontalPodAutoscaler of a worker group: it raises the replicas on CPU and memory and never lowers them."""

from typing import Any

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.model import Manifest
from revrx_operator.resources.names import child_metadata


def build_hpa(
    pool: Manifest, group: WorkerGroup, current_replicas: int, paused: bool, workload_name: str
) -> dict[str, Any]:
    """The HPA of the Deployment ``workload_name``.

    Its max is never below ``current_replicas``: an HPA lowers at once to a smaller max, past its behavior, and would
    take busy workers. Its min is at least 1; between 0 and 1 only the operator moves.
    """
    scaling = group.scaling
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": child_metadata(pool, group.name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": workload_name},
            "minReplicas": max(1, scaling.min_replicas),
            "maxReplicas": max(scaling.max_replicas, current_replicas),
            "metrics": [
                _utilization("cpu", scaling.cpu_utilization),
                _utilization("memory", scaling.memory_utilization),
            ],
            "behavior": {
                "scaleDown": {"selectPolicy": "Disabled"},
                "scaleUp": {"selectPolicy": "Disabled" if paused else "Max"},
            },
        },
    }


def _utilization(resource: str, percent: int) -> dict[str, Any]:
    """Target for the mean over the pods, in percent of what they request."""
    return {
        "type": "Resource",
        "resource": {"name": resource, "target": {"type": "Utilization", "averageUtilization": percent}},
    }
