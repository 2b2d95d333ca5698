"""The annotation by which pods are replaced when a Secret changes: containers read variables when they start."""

from typing import Any

from revrx_operator.api import SECRETS_ANNOTATION
from revrx_operator.model import Manifest
from revrx_operator.resources.strategic_merge import strategic_merge


def with_secrets(template: Manifest, digest: str) -> dict[str, Any]:
    """The pod template with the digest of what it takes from Secrets; an empty one is left out."""
    if not digest:
        return dict(template)
    return strategic_merge(template, {"metadata": {"annotations": {SECRETS_ANNOTATION: digest}}})


def secrets_of(deployment: Manifest | None) -> str:
    """The digest that a live Deployment was made with; empty where there is none."""
    if deployment is None:
        return ""
    annotations = deployment["spec"]["template"].get("metadata", {}).get("annotations") or {}
    return str(annotations.get(SECRETS_ANNOTATION, ""))
