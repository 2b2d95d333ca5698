"""Watching the cluster until stopped."""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Any

import kopf

from revrx_operator.handlers import children, pools, process  # noqa: F401 - each enters itself in the registry
from revrx_operator.handlers.registry import REGISTRY, Notice

log = logging.getLogger(__name__)


async def watch(
    *,
    notice: Notice,
    is_alive: Callable[[], bool],
    namespaces: Collection[str],
    liveness_endpoint: str,
    stop: asyncio.Event,
) -> None:
    """Run Kopf in this event loop. Empty namespaces watch the whole cluster."""
    asyncio.get_running_loop().set_exception_handler(_pass_over_cut_watches)
    await kopf.operator(
        registry=REGISTRY,
        memo=kopf.Memo(notice=notice, is_alive=is_alive),
        clusterwide=not namespaces,
        namespaces=list(namespaces),
        liveness_endpoint=liveness_endpoint,
        standalone=True,
        stop_flag=stop,
    )


def _pass_over_cut_watches(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A watch that the operator's end cuts off amid an event complains of it (kopf 1.45, _cogs/clients/watching.py)."""
    if "asyncgen" in context:
        log.debug("a watch was cut off: %s", context["exception"])
    else:
        loop.default_exception_handler(context)
