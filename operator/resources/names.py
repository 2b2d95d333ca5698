"""What ties a child to its pool: name, labels, owner reference."""

from typing import Any

from revrx_operator.api import GROUP, GROUP_LABEL, KIND, POOL_LABEL, VERSION
from revrx_operator.api.rules import FLOWER_NAME
from revrx_operator.model import Manifest

APP_NAME = "report-worker"
COMPONENT_LABEL = "app.kubernetes.io/component"
WORKER = "worker"
FLOWER = "flower"
MANAGED_BY = "revrx-operator"


def child_name(pool_name: str, group_name: str) -> str:
    """Name of the Deployment, HPA and PDB of a group; the CRD holds it to 63 characters."""
    return f"{pool_name}-{group_name}"


def flower_name(pool_name: str) -> str:
    """Name of the Deployment and the Service of Flower; no group may have it."""
    return child_name(pool_name, FLOWER_NAME)


def selector_labels(pool_name: str, group_name: str) -> dict[str, str]:
    """Labels that select the pods of a group. A Deployment's selector is immutable: they never change."""
    return {POOL_LABEL: pool_name, GROUP_LABEL: group_name}


def flower_selector_labels(pool_name: str) -> dict[str, str]:
    """Labels that select the pod of Flower. Without a group's it is nobody's worker. They never change."""
    return {COMPONENT_LABEL: FLOWER, POOL_LABEL: pool_name}


def child_labels(pool_name: str, group_name: str) -> dict[str, str]:
    """Labels of every child of a group, its pods included."""
    return {**_labels(pool_name, WORKER), **selector_labels(pool_name, group_name)}


def flower_labels(pool_name: str) -> dict[str, str]:
    """Labels of Deployment, Service and pod of Flower."""
    return {**_labels(pool_name, FLOWER), POOL_LABEL: pool_name}


def _labels(pool_name: str, component: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": APP_NAME,
        "app.kubernetes.io/instance": pool_name,
        COMPONENT_LABEL: component,
        "app.kubernetes.io/managed-by": MANAGED_BY,
    }


def owner_reference(pool: Manifest) -> dict[str, Any]:
    """Makes the pool the controller of a child, which the garbage collector deletes with it."""
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "name": pool["metadata"]["name"],
        "uid": pool["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def child_metadata(pool: Manifest, group_name: str) -> dict[str, Any]:
    """Metadata of the children of a group; they share one name and differ by kind."""
    pool_name = pool["metadata"]["name"]
    return _metadata(pool, child_name(pool_name, group_name), child_labels(pool_name, group_name))


def flower_metadata(pool: Manifest) -> dict[str, Any]:
    """Metadata of the children that are Flower's, likewise."""
    pool_name = pool["metadata"]["name"]
    return _metadata(pool, flower_name(pool_name), flower_labels(pool_name))


def _metadata(pool: Manifest, name: str, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "namespace": pool["metadata"]["namespace"],
        "labels": labels,
        "ownerReferences": [owner_reference(pool)],
    }
