"""A real Prometheus on the loopback, and what it answers."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.fixtures.redis_server import free_port
from tools.kind.tools import tool

Data = dict[str, Any]
READY_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Prometheus:
    """Answers by its HTTP API (prometheus.io/docs, "HTTP API")."""

    session: aiohttp.ClientSession

    async def series(self, expr: str) -> list[Data]:
        """What the expression gives, once it gives anything; nothing where it does not come to that."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            found: list[Data] = (await self._ask("query", query=expr))["result"]
            if found or asyncio.get_running_loop().time() > deadline:
                return found
            await asyncio.sleep(PAUSE_SECONDS)

    async def syntax(self, expr: str) -> Data:
        """The expression as the tree that Prometheus makes of it."""
        tree: Data = await self._ask("parse_query", query=expr)
        return tree

    async def rules(self) -> list[Data]:
        """Every rule with its health, once all of them were evaluated."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                rules = [rule for group in (await self._ask("rules"))["groups"] for rule in group["rules"]]
                if all(rule["health"] != "unknown" for rule in rules):
                    return rules
                await asyncio.sleep(PAUSE_SECONDS)

    async def is_ready(self) -> bool:
        """Whether it answers queries yet."""
        try:
            async with self.session.get("/-/ready") as answer:
                return answer.ok
        except aiohttp.ClientConnectionError:
            return False

    async def _ask(self, what: str, **parameters: str) -> Any:
        """The data of its answer. Raises AssertionError with what it says against the question."""
        async with self.session.get(f"/api/v1/{what}", params=parameters) as answer:
            said = await answer.json()
        assert said["status"] == "success", f"{parameters}: {said['error']}"
        return said["data"]


@asynccontextmanager
async def running_prometheus(folder: Path, scrapes: list[Data], rules: list[Data]) -> AsyncIterator[Prometheus]:
    """Scrapes and evaluates the rules every second, until the context is left."""
    often = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config = {"global": often, "rule_files": ["rules.json"], "scrape_configs": scrapes}
    (folder / "prometheus.json").write_text(json.dumps(config))
    (folder / "rules.json").write_text(json.dumps({"groups": [{"name": "revrx", "rules": rules}]}))
    address = f"127.0.0.1:{free_port()}"
    process = _started(folder, address)
    try:
        async with aiohttp.ClientSession(f"http://{address}") as session:
            prometheus = Prometheus(session)
            await _until_ready(prometheus)
            yield prometheus
    finally:
        process.kill()
        process.wait()


def _started(folder: Path, address: str) -> subprocess.Popen[bytes]:
    options = {
        "config.file": folder / "prometheus.json",
        "storage.tsdb.path": folder / "data",
        "web.listen-address": address,
    }
    command = [str(tool("prometheus")), *(f"--{name}={value}" for name, value in options.items())]
    with (folder / "prometheus.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


async def _until_ready(prometheus: Prometheus) -> None:
    """Raises TimeoutError; prometheus.log says why."""
    async with asyncio.timeout(READY_SECONDS):
        while not await prometheus.is_ready():
            await asyncio.sleep(PAUSE_SECONDS)
