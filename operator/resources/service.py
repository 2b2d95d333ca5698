"""The Service of a pool's Flower."""

from typing import Any

from revrx_operator.model import Manifest
from revrx_operator.resources.flower import PORT, PORT_NAME
from revrx_operator.resources.names import flower_metadata, flower_selector_labels


def build_flower_service(pool: Manifest) -> dict[str, Any]:
    """Within the cluster only: who is to come in from outside has an Ingress or a port-forward lead to it."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": flower_metadata(pool),
        "spec": {
            "type": "ClusterIP",
            "selector": flower_selector_labels(pool["metadata"]["name"]),
            "ports": [{"name": PORT_NAME, "port": PORT, "targetPort": PORT_NAME, "protocol": "TCP"}],
        },
    }
