"""Pools whose deletion no watch has announced."""

from typing import Any

import pytest
from aiohttp import web

from revrx_operator.model import PoolKey
from revrx_operator.observe.cluster import drop_deleted
from revrx_operator.store import Store
from tests.unit.test_kubeapi import api_server, refusing

A, B, ELSEWHERE = PoolKey("team-a", "reports"), PoolKey("team-b", "reports"), PoolKey("team-c", "reports")


def pool(key: PoolKey, uid: str = "first") -> dict[str, Any]:
    metadata = {"namespace": key.namespace, "name": key.name, "uid": f"{key}, {uid}", "resourceVersion": "1"}
    return {"kind": "ReportWorkerPool", "metadata": metadata}


def store_of(*keys: PoolKey) -> Store:
    store = Store()
    for key in keys:
        store.saw(pool(key))
    return store


class There:
    """What the API server has, and what it was asked for."""

    def __init__(self, *pools: dict[str, Any]) -> None:
        self.pools = pools
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path.removeprefix("/apis/revrx.io/v1alpha1/"))
        return web.json_response({"items": list(self.pools)})


async def test_what_the_api_server_has_no_more_is_dropped() -> None:
    store, there = store_of(A, B), There(pool(B))
    async with api_server(there.answer) as api:
        await drop_deleted(api, store, ())

    assert store.pools() == (B,)
    assert there.asked == ["reportworkerpools"]


async def test_only_namespaces_that_are_served_are_asked_about() -> None:
    store, there = store_of(A, ELSEWHERE), There()
    async with api_server(there.answer) as api:
        await drop_deleted(api, store, ("team-a", "team-b"))

    assert store.pools() == (ELSEWHERE,)
    assert there.asked == ["namespaces/team-a/reportworkerpools"]


async def test_a_pool_that_was_made_anew_under_its_name_is_not_the_one_that_was_seen() -> None:
    store = store_of(A)
    async with api_server(There(pool(A, uid="made anew")).answer) as api:
        await drop_deleted(api, store, ())

    assert store.pool(A) is None


async def test_an_api_server_that_does_not_say_leaves_the_watches_believed(caplog: pytest.LogCaptureFixture) -> None:
    store = store_of(A)
    async with api_server(refusing(503, "etcd is away")) as api:
        await drop_deleted(api, store, ())

    assert store.pools() == (A,)
    assert "which pools were deleted meanwhile is not known: etcd is away" in caplog.text


async def test_an_operator_that_has_seen_no_pool_asks_nothing() -> None:
    there = There()
    async with api_server(there.answer) as api:
        await drop_deleted(api, Store(), ())

    assert there.asked == []
