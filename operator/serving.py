"""What the operator tells over HTTP: metrics to Prometheus, explanations to people. No user, no password, no secret."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from revrx_operator.controller import Controller
from revrx_operator.explain.facts import explain
from revrx_operator.explain.summaries import summarize
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import PoolKey
from revrx_operator.pool_metrics import PoolMetrics
from revrx_operator.state import PoolState

SHUTDOWN_SECONDS = 1.0
"""For requests that are being answered when the operator stops."""


class CannotServe(Exception):
    """The address is taken, or is none of this machine."""


@asynccontextmanager
async def serving(
    of: Callable[[], Controller], metrics: OperatorMetrics, address: str, port: int
) -> AsyncIterator[int]:
    """Serve until the context is left; gives the port, which for 0 is a free one. Raises CannotServe.

    ``of`` gives the controller that is told of.
    """
    runner = web.AppRunner(application(of, metrics), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await _listen(runner, address, port)
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, address: str, port: int) -> None:
    try:
        await web.TCPSite(runner, address, port).start()
    except OSError as error:
        raise CannotServe(f"{address}:{port} cannot be listened on: {os.strerror(error.errno or 0)}") from error


def application(of: Callable[[], Controller], metrics: OperatorMetrics) -> web.Application:
    """``/metrics``; ``/explain``, the names of the pools, and ``/explain/NAMESPACE/POOL``; ``/summary[/NAMESPACE]``."""

    async def tell_metrics(_: web.Request) -> web.Response:
        # Thousands of pools take long enough to write down that the ticks would be late.
        body = await asyncio.to_thread(exposition, metrics, tuple(of().states()))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def tell_pools(_: web.Request) -> web.Response:
        keys = sorted(state.snapshot.view.key for state in of().states())
        return web.json_response([key._asdict() for key in keys])

    async def tell_explanation(request: web.Request) -> web.Response:
        key = PoolKey(request.match_info["namespace"], request.match_info["pool"])
        state = of().state(key)
        if state is None:
            return web.json_response({"message": f"this operator knows no pool {key}, or stands by"}, status=404)
        return web.json_response(text=explain(state).model_dump_json(by_alias=True))

    async def tell_summary(request: web.Request) -> web.Response:
        namespace = request.match_info.get("namespace")
        states = tuple(s for s in of().states() if namespace in {None, s.snapshot.view.key.namespace})
        body = await asyncio.to_thread(lambda: summarize(states, datetime.now(UTC)).model_dump_json(by_alias=True))
        return web.json_response(text=body)

    app = web.Application()
    app.router.add_get("/metrics", tell_metrics)
    app.router.add_get("/explain", tell_pools)
    app.router.add_get("/explain/{namespace}/{pool}", tell_explanation)
    app.router.add_get("/summary", tell_summary)
    app.router.add_get("/summary/{namespace}", tell_summary)
    return app


def exposition(metrics: OperatorMetrics, states: tuple[PoolState, ...]) -> bytes:
    """All series in Prometheus' text format."""
    pools = CollectorRegistry()
    pools.register(PoolMetrics(states))
    return generate_latest(metrics.registry) + generate_latest(pools)
