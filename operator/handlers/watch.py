"""Watching the cluster until stopped."""

import asyncio
from collections.abc import Callable, Collection

import kopf

from revrx_operator.handlers import children, pools, process  # noqa: F401 - each enters itself in the registry
from revrx_operator.handlers.registry import REGISTRY, Notice


async def watch(
    *,
    notice: Notice,
    is_alive: Callable[[], bool],
    namespaces: Collection[str],
    liveness_endpoint: str,
    stop: asyncio.Event,
) -> None:
    """Run Kopf in this event loop. Empty namespaces watch the whole cluster."""
    await kopf.operator(
        registry=REGISTRY,
        memo=kopf.Memo(notice=notice, is_alive=is_alive),
        clusterwide=not namespaces,
        namespaces=list(namespaces),
        liveness_endpoint=liveness_endpoint,
        standalone=True,
        stop_flag=stop,
    )
