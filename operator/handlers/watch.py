"""Watching the cluster until stopped."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import kopf

from revrx_operator.handlers import children, pools, process  # noqa: F401 - each enters itself in the registry
from revrx_operator.handlers.registry import REGISTRY, Notice

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


async def watch(
    *,
    notice: Notice,
    ailment: Callable[[], Awaitable[str]],
    namespaces: Collection[str],
    liveness_endpoint: str,
    stop: asyncio.Event,
) -> None:
    """Run Kopf in this event loop until ``stop`` is set. Empty namespaces watch the whole cluster.

    ``ailment`` says why the liveness probe should fail; nothing where all is well.

    In place of ``kopf.operator``, which takes the signals to itself, and ends by waiting five seconds for whatever runs
    in the loop and cancelling it (kopf 1.45.2, _core/reactor/running.py): the controller, and the lease with it.
    """
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_pass_over_cut_watches)
    ours = asyncio.all_tasks()
    tasks = await kopf.spawn_tasks(
        registry=REGISTRY,
        memo=kopf.Memo(notice=notice, ailment=ailment),
        clusterwide=not namespaces,
        namespaces=list(namespaces),
        liveness_endpoint=liveness_endpoint,
        standalone=True,
        stop_flag=stop,
    )
    for number in ENDING_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    await kopf.run_tasks(tasks, ignored=ours)


def _pass_over_cut_watches(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A watch that the operator's end cuts off amid an event complains of it (kopf 1.45, _cogs/clients/watching.py)."""
    if "asyncgen" in context:
        log.debug("a watch was cut off: %s", context["exception"])
    else:
        loop.default_exception_handler(context)
