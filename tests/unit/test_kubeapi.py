"""What an API server says, and how it is told on; a server of our own injects the faults."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes.aio.client import ApiClient, Configuration

from revrx_operator.kubeapi import DEPLOYMENT, EVENT, POD, POOL, SECRET, ApiError, Kind, KubeApi, OnRequest

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def api_server(
    answer: Answer, on_request: OnRequest = lambda *_: None, seconds_to_write: Callable[[], float] = lambda: 10.0
) -> AsyncIterator[KubeApi]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        configuration = Configuration(host=str(server.make_url("")).rstrip("/"))
        async with ApiClient(configuration) as client:
            yield KubeApi(client, on_request=on_request, seconds_to_write=seconds_to_write)


def refusing(status: int, message: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"kind": "Status", "message": message}, status=status)

    return answer


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (POOL, "/apis/revrx.io/v1alpha1/namespaces/revrx/reportworkerpools/name"),
        (SECRET, "/api/v1/namespaces/revrx/secrets/name"),
    ],
)
def test_groups_and_the_core_group_have_paths_of_their_own(kind: Kind, path: str) -> None:
    assert kind.path("revrx", "name") == path


async def test_what_is_not_there_is_none() -> None:
    async with api_server(refusing(404, "not found")) as api:
        assert await api.get(DEPLOYMENT, "revrx", "worker") is None
        await api.delete(DEPLOYMENT, "revrx", "worker")


async def test_a_refusal_carries_the_servers_own_sentence() -> None:
    async with api_server(refusing(422, "the test of /spec/replicas failed")) as api:
        with pytest.raises(ApiError, match=r"the test of /spec/replicas failed") as refusal:
            await api.patch(DEPLOYMENT, "revrx", "worker", [], "revrx-scaler")

    assert refusal.value.is_conflict


async def test_a_proxy_that_answers_in_prose_is_an_error_not_a_traceback() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=502, text="<html>Bad Gateway</html>", reason="Bad Gateway")

    async with api_server(answer) as api:
        with pytest.raises(ApiError, match="Bad Gateway"):
            await api.get(DEPLOYMENT, "revrx", "worker")


async def test_a_connection_that_breaks_is_an_error_not_a_traceback() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with api_server(answer) as api:
        with pytest.raises(ApiError, match="the API server does not answer") as broken:
            await api.list(DEPLOYMENT, "revrx", "a=b")

    assert broken.value.status == 0


async def test_an_apply_names_its_content_type_manager_and_force() -> None:
    seen: list[tuple[str, dict[str, str]]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append((request.content_type, dict(request.query)))
        return web.json_response(await request.json())

    manifest = {"kind": "Deployment", "metadata": {"namespace": "revrx", "name": "worker"}}
    async with api_server(answer) as api:
        await api.apply(manifest, manager="revrx-operator", force=True)

    assert seen == [("application/apply-patch+yaml", {"fieldManager": "revrx-operator", "force": "true"})]


async def test_every_request_is_told_with_its_method_kind_and_status() -> None:
    told: list[tuple[str, str, int]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        created = request.method == "POST"
        return web.json_response({"items": []}, status=201 if created else 200)

    event = {"kind": "Event", "metadata": {"namespace": "revrx", "name": "reports.1"}}
    async with api_server(answer, lambda *request: told.append(request)) as api:
        await api.list(DEPLOYMENT, "revrx", "a=b")
        await api.create(EVENT, event)
    async with api_server(refusing(404, "not found"), lambda *request: told.append(request)) as api:
        await api.get(POOL, "revrx", "reports")

    assert told == [("GET", "deployments", 200), ("POST", "events", 201), ("GET", "reportworkerpools", 404)]


async def test_what_a_pod_answers_is_read_through_the_api_servers_proxy() -> None:
    paths: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        paths.append(request.path)
        return web.json_response({"pool": "reports"})

    async with api_server(answer) as api:
        assert await api.proxy("revrx", "operator-1", 8081, "/explain/revrx/reports") == {"pool": "reports"}

    assert paths == ["/api/v1/namespaces/revrx/pods/operator-1:8081/proxy/explain/revrx/reports"]


async def test_an_answer_that_is_no_json_is_an_error_not_a_traceback() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>hello</html>")

    async with api_server(answer) as api:
        with pytest.raises(ApiError, match="the answer is not JSON"):
            await api.proxy("revrx", "somebody", 8081, "/explain")


def test_no_namespace_is_all_of_them() -> None:
    assert DEPLOYMENT.path("") == "/apis/apps/v1/deployments"


async def test_a_merge_of_metadata_names_its_content_type_and_the_object_by_its_uid() -> None:
    seen: list[tuple[str, object]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append((request.content_type, await request.json()))
        return web.json_response({"kind": "Pod"})

    async with api_server(answer) as api:
        assert await api.merge_metadata(POD, "revrx", "worker", {"uid": "1", "labels": {"a": None}}, "revrx-operator")

    assert seen == [("application/merge-patch+json", {"metadata": {"uid": "1", "labels": {"a": None}}})]


@pytest.mark.parametrize("status", [404, 409])
async def test_a_merge_into_an_object_that_is_gone_is_told_apart(status: int) -> None:
    async with api_server(refusing(status, "gone")) as api:
        assert not await api.merge_metadata(POD, "revrx", "worker", {"uid": "1"}, "revrx-operator")


async def test_where_nothing_may_be_written_the_server_is_only_read() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.method)
        return web.json_response({"metadata": {}})

    def not_now() -> float:
        raise ApiError(0, "not written: another operator acts")

    async with api_server(answer, seconds_to_write=not_now) as api:
        await api.get(DEPLOYMENT, "revrx", "worker")
        with pytest.raises(ApiError, match="another operator acts"):
            await api.delete(DEPLOYMENT, "revrx", "worker")

    assert asked == ["GET"]


async def test_a_write_is_given_up_when_its_time_is_over() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.json_response({})

    async with api_server(answer, seconds_to_write=lambda: 0.1) as api:
        with pytest.raises(ApiError, match="does not answer"):
            await api.delete(DEPLOYMENT, "revrx", "worker")


@pytest.mark.parametrize(
    ("status", "message", "is_refusal"),
    [
        (422, "spec.containers: Required value", True),
        (413, "limit is 3145728", True),
        (500, "failed to create typed patch object (revrx/a; apps/v1, Kind=Deployment): field not declared", True),
        (500, "failed to convert new object (revrx/a; apps/v1, Kind=Deployment) to proper version", True),
        (500, "etcdserver: leader changed", False),
        (503, "the server is currently unable to handle the request", False),
    ],
)
async def test_whose_fault_a_refused_apply_is(status: int, message: str, is_refusal: bool) -> None:
    manifest = {"kind": "Deployment", "metadata": {"namespace": "revrx", "name": "a"}}
    async with api_server(refusing(status, message)) as api:
        with pytest.raises(ApiError) as refusal:
            await api.apply(manifest, manager="revrx-operator", force=True)
    assert refusal.value.is_refusal is is_refusal


@pytest.mark.parametrize("text", ["😀", "a\u0085b", "\u2028", "\x7f", 'back\\ud83d\\slash "quoted"', "\ufeff", "plain"])
async def test_what_is_applied_is_yaml_to_the_api_server(text: str) -> None:
    bodies = []

    async def answer(request: web.Request) -> web.StreamResponse:
        bodies.append((request.headers["Content-Type"], await request.text()))
        return web.json_response({"kind": "Deployment"})

    manifest = {"kind": "Deployment", "metadata": {"namespace": "revrx", "name": "a"}, "text": text}
    async with api_server(answer) as api:
        await api.apply(manifest, manager="revrx-operator", force=True)

    ((content_type, body),) = bodies
    assert content_type.startswith("application/apply-patch+yaml")
    assert yaml.safe_load(body) == json.loads(body) == manifest
