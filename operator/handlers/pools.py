"""A pool was added, changed, deleted or listed anew."""

from typing import Any

import kopf

from revrx_operator.handlers.registry import REGISTRY, tell
from revrx_operator.kubeapi import POOL


@kopf.on.event(*POOL.resource, registry=REGISTRY)
async def pool_changed(event: kopf.RawEvent, memo: kopf.Memo, **_: Any) -> None:
    """Tell of the pool."""
    tell(memo, POOL, event)
