"""The PodDisruptionBudget of a worker group."""

from typing import Any

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.model import Manifest
from revrx_operator.resources.names import child_metadata, selector_labels


def build_pdb(pool: Manifest, group: WorkerGroup) -> dict[str, Any]:
    """One Ready worker at a time may be evicted, a broken one always: it would block the drain of its node for ever."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": child_metadata(pool, group.name),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector_labels(pool["metadata"]["name"], group.name)},
        },
    }
