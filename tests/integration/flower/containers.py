"""The containers that the operator would make of a pool, as processes of this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.migrate import migrate
from revrx_operator.api.validation import parse_spec
from revrx_operator.resources.deployment import build_deployment
from revrx_operator.resources.flower import build_flower
from tests.fixtures.redis_server import free_port, running_redis
from tests.integration.worker.conftest import only_these_settings
from tests.waiting import wait_for

COMMANDS = Path(sys.executable).parent
WORKER_FOLDER = Path(__file__).parents[3] / "worker"
PATIENCE_SECONDS = 120.0
"""Flower and a worker start within seconds, on a machine that has nothing else to do."""
OURS = ("CELERY_", "REDIS_", "REVRX_", "REPORT_", "DATABASE_", "ENABLE_CELERY", "FLOWER_")

LOGIN = "reader:hunter2"
WORKER = "worker@pod-1"


@dataclass(frozen=True)
class Pool:
    """A pool of one slot with Flower, and its processes on one Redis and one SQLite database."""

    redis_url: str
    folder: Path
    variables: Mapping[str, str]
    """spec.env"""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """As the API server has it."""
        group = {"name": "worker", "queues": ["reports"], "concurrency": 1, "prefetchMultiplier": 1}
        spec = {
            "image": "none",
            "broker": {"url": self.redis_url},
            "env": [{"name": name, "value": value} for name, value in self.variables.items()],
            "workers": [group],
            "flower": {"enabled": True, "basicAuthSecretRef": {"name": "flower", "key": "login"}},
        }
        return {"metadata": {"name": "reports", "namespace": "shop", "uid": "uid"}, "spec": spec}

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Its worker, ready, until the block ends."""
        spec, heartbeat = parse_spec(self.manifest["spec"]), self.folder / "heartbeat"
        container = _container(build_deployment(self.manifest, spec, spec.workers[0]))
        arguments = [argument.replace("%h", WORKER.partition("@")[2]) for argument in container["args"]]
        own = {"REVRX_HEARTBEAT_FILE": str(heartbeat), "REVRX_METRICS_PORT": ""}
        with _running(arguments, _environment(container) | own, self.folder / "worker.log"):
            wait_for(heartbeat.exists, "the worker is not ready", PATIENCE_SECONDS)
            yield

    @contextmanager
    def flower(self) -> Iterator[str]:
        """Its Flower, until the block ends: gives its address. The port is another, for 5555 may be taken here."""
        spec, port = parse_spec(self.manifest["spec"]), free_port()
        container = _container(build_flower(self.manifest, spec))
        with flower([*container["args"], f"--port={port}"], _environment(container), port, self.folder) as address:
            yield address


@contextmanager
def pool_here(folder: Path, **variables: str) -> Iterator[Pool]:
    """A pool with an empty Redis and a database that this process uses too, until the block ends."""
    database = f"sqlite:///{folder}/reports.db"
    with running_redis() as url, only_these_settings(folder, DATABASE_URL=database):
        migrate()
        yield Pool(url, folder, {"DATABASE_URL": database, **variables})


@contextmanager
def flower(arguments: list[str], environment: Mapping[str, str], port: int, folder: Path) -> Iterator[str]:
    """`celery ARGUMENTS` that listens on the port, until the block ends: gives HOST:PORT."""
    log = folder / "flower.log"
    with _running(arguments, environment, log):
        wait_for(lambda: "Visit me" in log.read_text(), "Flower does not listen", PATIENCE_SECONDS)
        yield f"127.0.0.1:{port}"


@contextmanager
def _running(arguments: list[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [COMMANDS / "celery", *arguments],
            cwd=WORKER_FOLDER,
            env={**inherited, **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
        assert process.poll() is None, log.read_text()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _container(deployment: Mapping[str, Any]) -> Mapping[str, Any]:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["celery"]
    return container  # type: ignore[no-any-return]


def _environment(container: Mapping[str, Any]) -> dict[str, str]:
    """Of Secrets there is one: who may enter."""
    return {entry["name"]: entry.get("value", LOGIN) for entry in container["env"]}
