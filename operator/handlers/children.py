"""A Deployment, HPA, PDB or Service of a pool was added, changed, deleted or listed anew."""

from typing import Any

import kopf

from revrx_operator.handlers.registry import REGISTRY, tell
from revrx_operator.kubeapi import CHILDREN, Kind


def _watch(kind: Kind) -> None:
    @kopf.on.event(*kind.resource, id=kind.plural, registry=REGISTRY)
    async def changed(event: kopf.RawEvent, memo: kopf.Memo, **_: Any) -> None:
        tell(memo, kind, event)


for _kind in CHILDREN:
    _watch(_kind)
