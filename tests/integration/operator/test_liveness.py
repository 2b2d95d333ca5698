"""When the operator says of itself that another process should take its place; on a real API server."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
import pytest
from kubernetes.aio.config import kube_config

from revrx_operator import announcements
from revrx_operator.announcements import Announcements
from revrx_operator.handlers import children
from revrx_operator.kubeapi import GROUP_CHILDREN, POOL
from revrx_operator.model import Manifest
from revrx_operator.run import run_on_cluster
from revrx_operator.settings import OperatorSettings
from tests.e2e.kubectl import Kubectl
from tests.integration.operator.conftest import NAMESPACE, pool
from tests.waiting import PATIENCE_SECONDS, POLL_SECONDS, until
from tools.redis_server import free_port

PROBED_SECONDS = 60.0
"""Kopf gives the answer of a probe for ten seconds."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(autouse=True)
def little_patience(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    """With watches that tell nothing."""
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", os.environ["KUBECONFIG"])
    monkeypatch.setattr(announcements, "OWED_SECONDS", 1.0)
    monkeypatch.setattr(announcements, "SILENT_SECONDS", 1.0)


@asynccontextmanager
async def operator() -> AsyncIterator[OperatorSettings]:
    """One that runs. No fixture: at its end Kopf cancels whatever task is younger than itself, a fixture's among them."""
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
        yield settings
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_watch_that_tells_no_more_of_what_was_written_fails_the_probe(
    kubectl: Kubectl, redis_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "tell", lambda *_: None)

    async with operator() as settings:
        kubectl.apply(pool("unwatched", redis_server))

        await _answers(settings, HTTPStatus.INTERNAL_SERVER_ERROR)


async def test_where_every_watch_tells_all_that_was_written_is_told_of(
    kubectl: Kubectl, redis_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    awaited: list[Announcements] = []
    changed = Announcements.changed

    def note(self: Announcements, manifest: Manifest) -> None:
        written.append(manifest["kind"])
        awaited.append(self)
        changed(self, manifest)

    monkeypatch.setattr(Announcements, "changed", note)
    monkeypatch.setattr(announcements, "OWED_SECONDS", 0.0)
    monkeypatch.setattr(announcements, "SILENT_SECONDS", 0.0)

    async with operator():
        kubectl.apply(pool("watched", redis_server))

        await until(lambda: {POOL.name, *(kind.name for kind in GROUP_CHILDREN)} <= {*written})
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await awaited[0].missing():
                await asyncio.sleep(POLL_SECONDS)


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
