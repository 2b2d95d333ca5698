"""The HorizontalPodAutoscaler of a worker group: it raises the replicas on CPU and memory and never lowers them."""

from typing import Any

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.model import Manifest
from revrx_operator.resources.names import child_metadata


def build_hpa(
    pool: Manifest, group: WorkerGroup, workload_name: str, *, min_replicas: int, max_replicas: int, may_raise: bool
) -> dict[str, Any]:
    """The HPA of the Deployment ``workload_name``.

    ``max_replicas`` must never be below the replicas that run: an HPA lowers at once to a smaller max, past its
    behavior, and would take busy workers. Its min is at least 1; between 0 and 1 only the operator moves. It raises to
    its min even where it may not raise otherwise, so ``min_replicas`` must be low while the group drains.
    """
    scaling = group.scaling
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": child_metadata(pool, group.name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": workload_name},
            "minReplicas": max(1, min_replicas),
            "maxReplicas": max_replicas,
            "metrics": [
                _utilization("cpu", scaling.cpu_utilization),
                _utilization("memory", scaling.memory_utilization),
            ],
            "behavior": {
                "scaleDown": {"selectPolicy": "Disabled"},
                "scaleUp": {"selectPolicy": "Max" if may_raise else "Disabled"},
            },
        },
    }


def _utilization(resource: str, percent: int) -> dict[str, Any]:
    """Target for the mean over the pods, in percent of what they request."""
    return {
        "type": "Resource",
        "resource": {"name": resource, "target": {"type": "Utilization", "averageUtilization": percent}},
    }
