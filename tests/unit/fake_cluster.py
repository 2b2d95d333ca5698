"""An API server of our own, with operators behind it whose answers a test gives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner, Result
from kubernetes.aio.config import kube_config

from revrx_operator.cli import main


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
            case ["apis", "revrx.io", "v1alpha1", *_, "reportworkerpools"]:
                return _json(200, {"items": [self.pool] if self.pool else []})
            case ["api", "v1", *_, "pods"]:
                return _json(self.list_status, {"items": self.listed, "message": "pods is forbidden"})
            case ["api", "v1", "namespaces", _, "pods", pod, "proxy", "explain", "revrx", "revrx-celery"]:
                return _json(*self.pods[pod])
            case ["api", "v1", "namespaces", _, "pods", pod, "proxy", "summary", *_]:
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


def command(*arguments: str, kubeconfig: Path) -> Result:
    """``revrx-operator`` with these arguments, as a user of the kubeconfig runs it."""
    with patch.object(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig)):
        return CliRunner().invoke(main, arguments)


async def commanded(cluster: FakeCluster, folder: Path, *arguments: str) -> Result:
    """The same against that cluster."""
    async with served(cluster, folder) as kubeconfig:
        return await asyncio.to_thread(command, *arguments, kubeconfig=kubeconfig)
