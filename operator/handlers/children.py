"""A Deployment, HPA or PDB of a pool was added, changed, deleted or listed anew."""

from collections.abc import Mapping
from typing import Any

import kopf

from revrx_operator.api import POOL_LABEL
from revrx_operator.handlers.registry import REGISTRY
from revrx_operator.model import PoolKey

LABELLED = {POOL_LABEL: kopf.PRESENT}


@kopf.on.event("apps", "v1", "deployments", labels=LABELLED, registry=REGISTRY)
@kopf.on.event("autoscaling", "v2", "horizontalpodautoscalers", labels=LABELLED, registry=REGISTRY)
@kopf.on.event("policy", "v1", "poddisruptionbudgets", labels=LABELLED, registry=REGISTRY)
async def child_changed(namespace: str | None, labels: Mapping[str, str], memo: kopf.Memo, **_: Any) -> None:
    """Mark the pool that the child's label names."""
    memo.mark(PoolKey(str(namespace), labels[POOL_LABEL]))
