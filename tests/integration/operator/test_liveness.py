"""When the operator says of itself that another process should take its place; on a real API server."""

import asyncio
import os
from http import HTTPStatus
from typing import Any

import aiohttp
import pytest
from kubernetes.aio.config import kube_config

from revrx_operator import announcements
from revrx_operator.handlers import children
from revrx_operator.kubeapi import POOL
from revrx_operator.run import run_on_cluster
from revrx_operator.settings import OperatorSettings
from tests.e2e.kubectl import Kubectl
from tests.integration.operator.conftest import NAMESPACE
from tests.waiting import POLL_SECONDS
from tools.redis_server import free_port

SILENT_SECONDS = 2.0
PROBED_SECONDS = 60.0
"""Kopf gives the answer of a probe for ten seconds."""

pytestmark = pytest.mark.timeout(900)


async def test_a_watch_that_tells_no_more_of_what_was_written_fails_the_probe(
    kubectl: Kubectl, redis_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "SILENT_SECONDS", SILENT_SECONDS)
    monkeypatch.setattr(children, "tell", lambda *_: None)
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", os.environ["KUBECONFIG"])
    settings = OperatorSettings(
        watch_namespaces=(NAMESPACE,),
        health_address="127.0.0.1",
        health_port=free_port(),
        metrics_address="127.0.0.1",
        metrics_port=free_port(),
    )
    running = asyncio.create_task(run_on_cluster(settings))
    try:
        await _answers(settings, HTTPStatus.OK)
        kubectl.apply(pool(redis_server))
        await _answers(settings, HTTPStatus.INTERNAL_SERVER_ERROR)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _answers(settings: OperatorSettings, status: HTTPStatus) -> None:
    """Return once the liveness probe is answered so."""
    async with asyncio.timeout(PROBED_SECONDS), aiohttp.ClientSession() as session:
        while await _status(session, settings) != status:
            await asyncio.sleep(POLL_SECONDS)


async def _status(session: aiohttp.ClientSession, settings: OperatorSettings) -> int:
    try:
        async with session.get(f"http://{settings.health_address}:{settings.health_port}/healthz") as answer:
            return answer.status
    except aiohttp.ClientConnectionError:  # it does not listen yet
        return 0


def pool(url: str) -> dict[str, Any]:
    return {
        "apiVersion": POOL.api_version,
        "kind": POOL.name,
        "metadata": {"name": "unwatched"},
        "spec": {
            "image": "revrx/worker:dev",
            "broker": {"url": url},
            "workers": [{"name": "worker", "queues": ["reports"]}],
        },
    }
