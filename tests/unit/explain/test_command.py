"""``revrx-operator explain`` as a user runs it, against an API server of our own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner, Result
from kubernetes.aio.config import kube_config

from revrx_operator.cli import main
from revrx_operator.explain.facts import explain
from revrx_operator.model import GroupReading, QueueLoad
from tests.unit.explain.builders import pool_state

STATE = pool_state(GroupReading(QueueLoad(waiting=40)))
EXPLANATION = json.loads(explain(STATE).model_dump_json(by_alias=True))
POOL = STATE.snapshot.view.pool
WHY = "40 waiting and 0 running tasks at 8 a replica ask for 5"


def operator_pod(name: str, namespace: str = "revrx-system", *, ready: bool = True, port: str = "revrx-metrics") -> Any:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [{"name": "operator", "ports": [{"name": port, "containerPort": 8081}]}]},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


@dataclass
class FakeCluster:
    """An API server with one pool, and what each operator's pod answers through its proxy: HTTP status and JSON."""

    pods: dict[str, tuple[int, Any]] = field(default_factory=dict)
    listed: list[Any] = field(default_factory=list)
    list_status: int = 200
    pool: Any = None
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        match request.path.strip("/").split("/"):
            case ["apis", "revrx.io", "v1alpha1", "namespaces", "revrx", "reportworkerpools", "revrx-celery"]:
                return _json(200, self.pool) if self.pool else _json(404, {"message": "not found"})
            case ["api", "v1", *_, "pods"]:
                return _json(self.list_status, {"items": self.listed, "message": "pods is forbidden"})
            case ["api", "v1", "namespaces", _, "pods", pod, "proxy", "explain", "revrx", "revrx-celery"]:
                return _json(*self.pods[pod])
        return _json(404, {"message": f"nothing at {request.path}"})


def _json(status: int, body: Any) -> web.Response:
    return web.json_response(body, status=status)


@asynccontextmanager
async def served(cluster: FakeCluster, folder: Path) -> AsyncIterator[Path]:
    """The kubeconfig of a running API server; the context's namespace is the pool's."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", cluster.answer)
    async with TestServer(app) as server:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [{"name": "c", "cluster": {"server": str(server.make_url("")).rstrip("/")}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "revrx"}}],
        }
        file = folder / "kubeconfig"
        file.write_text(yaml.safe_dump(config))
        yield file


async def explained(cluster: FakeCluster, folder: Path, *arguments: str) -> Result:
    async with served(cluster, folder) as kubeconfig:
        return await asyncio.to_thread(command, *arguments, kubeconfig=kubeconfig)


def command(*arguments: str, kubeconfig: Path) -> Result:
    with patch.object(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig)):
        return CliRunner().invoke(main, ["explain", *arguments])


async def test_the_operator_is_found_and_asked_through_the_api_server(tmp_path: Path) -> None:
    cluster = FakeCluster({"operator-1:8081": (200, EXPLANATION)}, [operator_pod("operator-1")], pool=POOL)

    ended = await explained(cluster, tmp_path, "revrx-celery")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert f"goal       5 replicas, QueueDepth: {WHY}" in ended.stdout
    assert "\x1b" not in ended.stdout


async def test_programs_get_json(tmp_path: Path) -> None:
    cluster = FakeCluster({"operator-1:8081": (200, EXPLANATION)}, [operator_pod("operator-1")], pool=POOL)

    ended = await explained(cluster, tmp_path, "revrx-celery", "-n", "revrx", "-o", "json")

    assert json.loads(ended.stdout) == EXPLANATION


async def test_of_several_operators_the_one_that_serves_the_pool_answers(tmp_path: Path) -> None:
    cluster = FakeCluster(
        {
            "operator-1:8081": (404, {"message": "this operator knows no pool revrx/revrx-celery"}),
            "operator-2:8081": (200, EXPLANATION),
        },
        [
            operator_pod("operator-1"),
            operator_pod("not-ready", ready=False),
            operator_pod("somebody-elses", port="metrics"),
            operator_pod("operator-2", "revrx"),
        ],
        pool=POOL,
    )

    ended = await explained(cluster, tmp_path, "revrx-celery")

    assert ended.exit_code == 0
    assert WHY in ended.stdout


async def test_a_pool_that_does_not_exist_is_an_error_with_its_cure(tmp_path: Path) -> None:
    ended = await explained(FakeCluster(), tmp_path, "revrx-celery")

    assert ended.exit_code == 1
    assert ended.stderr == (
        "Error: there is no ReportWorkerPool revrx-celery in namespace revrx; "
        "kubectl get rwp --all-namespaces lists those that there are\n"
    )


@pytest.mark.parametrize(
    ("cluster", "sentence"),
    [
        (FakeCluster(), "no operator is ready; look at it: kubectl get pods --all-namespaces --selector"),
        (FakeCluster(list_status=403), "pods is forbidden; name the operator's namespace with --operator-namespace"),
        (
            FakeCluster({"operator-1:8081": (403, {"message": "no pods/proxy"})}, [operator_pod("operator-1")]),
            "the operator revrx-system/operator-1 may not be asked: no pods/proxy; it takes get on pods/proxy",
        ),
        (
            FakeCluster({"operator-1:8081": (200, {"another": "answer"})}, [operator_pod("operator-1")]),
            "operator-1 answers something else; take the revrx-operator of its version",
        ),
    ],
    ids=["none is ready", "pods may not be listed", "the proxy may not be used", "another version"],
)
async def test_where_the_operator_cannot_be_asked_the_status_is_shown_with_the_cure(
    cluster: FakeCluster, sentence: str, tmp_path: Path
) -> None:
    cluster.pool = POOL

    ended = await explained(cluster, tmp_path, "revrx-celery")

    assert ended.exit_code == 1
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert f"QueueDepth  {WHY}" in ended.stdout


async def test_an_operator_namespace_narrows_the_search(tmp_path: Path) -> None:
    cluster = FakeCluster({"operator-1:8081": (200, EXPLANATION)}, [operator_pod("operator-1")], pool=POOL)

    await explained(cluster, tmp_path, "revrx-celery", "--operator-namespace", "revrx-system")

    assert "/api/v1/namespaces/revrx-system/pods" in cluster.asked
    assert "/api/v1/pods" not in cluster.asked


def test_without_a_kubeconfig_the_error_says_what_to_set(tmp_path: Path) -> None:
    ended = command("revrx-celery", kubeconfig=tmp_path / "absent")

    assert ended.exit_code == 1
    assert "no cluster to talk to" in ended.stderr
    assert "Set KUBECONFIG, or use --url" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_address_where_nobody_listens_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    ended = command("revrx-celery", "--url", "http://127.0.0.1:1", kubeconfig=tmp_path / "absent")

    assert ended.exit_code == 1
    assert "no operator answers at http://127.0.0.1:1/explain" in ended.stderr
    assert "Traceback" not in ended.stderr
