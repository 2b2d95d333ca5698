"""Whether the name of a child that no watch has told of is taken: by the API server's cache, and then by etcd."""

import pytest
from aiohttp import web

from revrx_operator.model import PoolKey
from revrx_operator.observe.cluster import observe_cluster
from revrx_operator.store import Store
from tests.unit.test_kubeapi import api_server

KEY = PoolKey("revrx", "reports")
DEPLOYMENT = "deployments/reports-worker"


def store() -> Store:
    known = Store()
    spec = {"image": "i", "broker": {"url": "redis://redis"}, "workers": [{"name": "worker", "queues": ["reports"]}]}
    metadata = {"namespace": KEY.namespace, "name": KEY.name, "uid": "pool", "resourceVersion": "1"}
    known.saw({"kind": "ReportWorkerPool", "metadata": metadata, "spec": spec})
    return known


async def children(cache: set[str], etcd: set[str]) -> tuple[list[str], list[str]]:
    """The children that are seen, and what was asked of etcd for it."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        what = request.path.rpartition("/namespaces/revrx/")[2]
        if "resourceVersion" not in request.query:
            asked.append(what)
        there = what in (cache if request.query.get("resourceVersion") == "0" else etcd)
        return web.json_response(
            {"metadata": {"name": "reports-worker"}} if there else {}, status=200 if there else 404
        )

    async with api_server(answer) as api:
        view = await observe_cluster(api, store(), KEY)
    assert view is not None
    return [child["kind"] for child in view.children], asked


@pytest.mark.parametrize(
    ("cache", "etcd", "seen", "asked"),
    [
        (set[str](), set[str](), [], []),
        ({DEPLOYMENT}, {DEPLOYMENT}, ["Deployment"], [DEPLOYMENT]),
        ({DEPLOYMENT}, set[str](), [], [DEPLOYMENT]),
        (set[str](), {DEPLOYMENT}, [], []),
    ],
    ids=[
        "free: nothing is asked of etcd",
        "taken",
        "just deleted: etcd knows",
        "just made: met when the name is to be taken",
    ],
)
async def test_a_name_is_taken_where_etcd_has_an_object_that_the_cache_told_of(
    cache: set[str], etcd: set[str], seen: list[str], asked: list[str]
) -> None:
    assert await children(cache, etcd) == (seen, asked)
