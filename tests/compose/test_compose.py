"""`docker compose up` in worker/: Redis, two workers and Flower on one machine, no cluster."""

import json
import os
import secrets
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.pools import EXAMPLES, ROOT
from tests.e2e.waiting import eventually
from tools.kind.tools import tool

COMPOSE = ROOT / "worker" / "compose.yaml"
IMAGES = {"REDIS_IMAGE": "revrx/redis:dev", "WORKER_IMAGE": "revrx/worker:dev"}

# Ports of the engine's choice: those in the file may be taken on this machine.
OVERRIDE = """
services:
  redis: {ports: !override []}
  flower: {ports: !override ["127.0.0.1:0:5555"]}
"""


@dataclass(frozen=True)
class Compose:
    """docker compose on the file, as a project of its own."""

    project: str
    files: tuple[Path, ...] = (COMPOSE,)

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        files = [f"--file={file}" for file in self.files]
        done = subprocess.run(
            [*command(), *files, f"--project-name={self.project}", *arguments],
            env=os.environ | IMAGES, input=stdin, capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


def command() -> list[str]:
    """The engine's own plugin where there is one."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if plugin.returncode == 0 else [str(tool("docker-compose"))]


pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Compose]:
    """Everything started from the images that are there; gone afterwards with its volumes."""
    override = tmp_path / "override.yaml"
    override.write_text(OVERRIDE)
    compose = Compose(f"revrx-{secrets.token_hex(3)}", (COMPOSE, override))
    try:
        compose("up", "--detach", "--no-build", "--pull=never")
        yield compose
    finally:
        compose("down", "--volumes", "--timeout=5")


def test_the_file_says_what_the_guide_promises() -> None:
    services = yaml.safe_load(Compose("revrx-config")("--profile=postgres", "config"))["services"]

    assert set(services) == {"redis", "migrate", "celery-worker", "flower", "postgres"}
    assert services["redis"]["command"] == ["redis-server", "--appendonly", "yes"]
    assert services["redis"]["healthcheck"]["test"] == ["CMD", "redis-cli", "ping"]
    assert services["celery-worker"]["deploy"]["replicas"] == 2
    assert services["celery-worker"]["deploy"]["restart_policy"]["condition"] == "on-failure"
    assert services["celery-worker"]["depends_on"]["redis"]["condition"] == "service_healthy"
    assert [port["published"] for port in services["flower"]["ports"]] == ["5555"]


def test_two_workers_make_reports_and_flower_shows_them(running: Compose) -> None:
    eventually(lambda: states(running, "celery-worker"), lambda found: found == ["running"] * 2, "two workers run")
    lines = (EXAMPLES / "encounters.jsonl").read_text()

    said = running("exec", "--no-TTY", "celery-worker", "revrx-reports", "submit", "-", "--wait", stdin=lines)

    assert said.splitlines()[-1] == f"{len(lines.splitlines())} completed, 0 failed"
    eventually(lambda: workers_in_flower(running), lambda count: count == 2, "Flower shows two workers")


def states(compose: Compose, service: str) -> list[str]:
    """Of the containers of a service."""
    lines = compose("ps", "--format=json", service).splitlines()
    return [json.loads(line)["State"] for line in lines]


def workers_in_flower(compose: Compose) -> int:
    """How many workers its page lists."""
    address = compose("port", "flower", "5555").strip()
    try:
        with urllib.request.urlopen(f"http://{address}/workers?json=1", timeout=5) as answer:
            listed: Any = json.load(answer)
    except OSError:
        return 0
    return len(listed["data"])
