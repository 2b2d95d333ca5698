"""A pool was added, changed, deleted or listed anew."""

from typing import Any

import kopf

from revrx_operator.api import GROUP, PLURAL, VERSION
from revrx_operator.handlers.registry import REGISTRY
from revrx_operator.model import PoolKey


@kopf.on.event(GROUP, VERSION, PLURAL, registry=REGISTRY)
async def pool_changed(namespace: str | None, name: str, memo: kopf.Memo, **_: Any) -> None:
    """Mark the pool."""
    memo.mark(PoolKey(str(namespace), name))
