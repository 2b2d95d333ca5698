"""What ties a child to its pool: name, labels, owner reference."""

from typing import Any

from revrx_operator.api import GROUP, GROUP_LABEL, KIND, POOL_LABEL, VERSION
from revrx_operator.model import Manifest

APP_NAME = "report-worker"
COMPONENT = "worker"
MANAGED_BY = "revrx-operator"


def child_name(pool_name: str, group_name: str) -> str:
    """Name of the Deployment, HPA and PDB of a group; the CRD holds it to 63 characters."""
    return f"{pool_name}-{group_name}"


def selector_labels(pool_name: str, group_name: str) -> dict[str, str]:
    """Labels that select the pods of a group. A Deployment's selector is immutable: they never change."""
    return {POOL_LABEL: pool_name, GROUP_LABEL: group_name}


def child_labels(pool_name: str, group_name: str) -> dict[str, str]:
    """Labels of every child of a group, its pods included."""
    return {
        "app.kubernetes.io/name": APP_NAME,
        "app.kubernetes.io/instance": pool_name,
        "app.kubernetes.io/component": COMPONENT,
        "app.kubernetes.io/managed-by": MANAGED_BY,
        **selector_labels(pool_name, group_name),
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
    return {
        "name": child_name(pool_name, group_name),
        "namespace": pool["metadata"]["namespace"],
        "labels": child_labels(pool_name, group_name),
        "ownerReferences": [owner_reference(pool)],
    }
