"""The demo on kind: the operator from its chart, Redis and PostgreSQL as pods, the pool of the example."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from revrx_operator.api import PLURAL, POOL_LABEL
from tools.demo import commands
from tools.demo.reports import COUNTS, POOL, REPOSITORY, outcome, reading_of
from tools.demo.stage import Outcome, Reading, StageError
from tools.kind.cluster import CONTEXT
from tools.kind.tools import tool

NAMESPACE = "revrx-demo"
STACK = Path(__file__).with_name("manifests") / "stack.yaml"

CHART = REPOSITORY / "charts" / "revrx-worker"
RELEASE = {"name": "revrx-worker", "namespace": "revrx"}
"""Where the operator is installed unless some release of the chart is there already."""

SERVICE_SECONDS = 30.0

QUIET_SQL = ("psql", "--username=revrx", "--no-align", "--tuples-only", "--field-separator= ")


class KindStage:
    """The workers run as pods of the cluster ``revrx``."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._kubectl = (tool("kubectl"), "--context", CONTEXT, "--namespace", NAMESPACE)
        self._helm = (tool("helm"), "--kube-context", CONTEXT)
        self._began = False

    async def start(self) -> None:
        """The operator, an empty namespace with what a pool needs beside it, and the pool."""
        self._began = True
        await self._install_operator()
        await self._prepare_namespace()
        self._say(f"the pool: kubectl apply -f {POOL.relative_to(REPOSITORY)}, namespace {NAMESPACE}")
        await self._ask("apply", "--filename", POOL)

    async def reading(self) -> Reading:
        """Pods as they are, reports as the database has them."""
        answer, counts = await commands.together(
            self._ask("get", f"{PLURAL},pods", "--output", "json"),
            self._ask("exec", "deploy/postgres", "--", *QUIET_SQL, "--command", COUNTS),
        )
        return reading(json.loads(answer)["items"], dict(line.split() for line in counts.splitlines()))

    async def submit(self, encounters: str) -> Outcome:
        """By the command that everyone has, in a pod of the worker image."""
        words = ("exec", "--stdin", "deploy/client", "--", "revrx-reports", "submit", "-", "--wait")
        return outcome(await commands.attempt(*self._kubectl, *words, stdin=encounters.encode()))

    async def show(self, report_id: str) -> str:
        """By the command that everyone has, in a pod of the worker image."""
        return await self._ask("exec", "deploy/client", "--", "revrx-reports", "show", report_id)

    async def stop(self) -> list[str]:
        """Delete the namespace, unless DEMO_KEEP is set; cluster and operator stay."""
        if not self._began or os.environ.get("DEMO_KEEP"):
            return []
        await self._delete_namespace()
        return [f"namespace {NAMESPACE}"]

    async def _install_operator(self) -> None:
        """Install the chart, or bring the release that is there to this clone's chart and image."""
        found = json.loads(await commands.run(*self._helm, "list", "--all-namespaces", "--output", "json"))
        ours = next((release for release in found if release["chart"].startswith(CHART.name)), None)
        release = ours or RELEASE
        self._say(f"the operator: helm upgrade --install {release['name']}, namespace {release['namespace']}")
        where = (release["name"], CHART, "--namespace", release["namespace"], "--create-namespace")
        wait = ("--wait", "--timeout", "120s")
        values = ("--set", "image.tag=dev,watchNamespaces={*}")
        await commands.run(*self._helm, "upgrade", "--install", *where, *values, *wait)
        if ours:  # the tag is the same, the image behind it may be a newer one
            operator = ("--namespace", release["namespace"], "--selector=app.kubernetes.io/component=operator")
            await self._ask("rollout", "restart", "deployment", *operator)
            await self._ask("rollout", "status", "deployment", *operator, "--timeout=120s")

    async def _prepare_namespace(self) -> None:
        await self._delete_namespace()
        await self._ask("wait", "--for=delete", f"namespace/{NAMESPACE}", "--timeout=170s")
        self._say(f"Redis and PostgreSQL: kubectl apply -f {STACK.relative_to(REPOSITORY)}, namespace {NAMESPACE}")
        await self._ask("create", "namespace", NAMESPACE)
        await self._ask("apply", "--filename", STACK)
        await self._ask("wait", "--for=condition=Available", "deployment", "--all", "--timeout=120s")
        await self._migrate()

    async def _migrate(self) -> None:
        """Make the tables. A Service answers a moment after its pods are ready, when the node has learnt of it."""
        deadline = time.monotonic() + SERVICE_SECONDS
        while True:
            try:
                await self._ask("exec", "deploy/client", "--", "revrx-reports", "migrate")
                return
            except StageError:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(1)

    async def _delete_namespace(self) -> None:
        """Begin to delete it. Its pods go first, at once: a worker would have 330 s to finish without its database.

        The first delete sets the grace, a later one does not shorten it; so no owner may come before us, and none may
        make new pods.
        """
        if not await self._ask("get", "namespace", NAMESPACE, "--ignore-not-found", "--output=name"):
            return
        await self._ask("delete", f"{PLURAL},deployments,replicasets", "--all", "--cascade=orphan")
        await self._ask("delete", "pods", "--all", "--grace-period=1")
        await self._ask("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false")

    async def _ask(self, *words: str | Path) -> str:
        return await commands.run(*self._kubectl, *words)


def reading(items: list[dict[str, Any]], counts: dict[str, str]) -> Reading:
    """What the objects of the namespace and the count of reports by state say. Raises StageError without a pool."""
    pool = next((item for item in items if item["kind"] != "Pod"), None)
    if pool is None:
        raise StageError("the pool has been deleted")
    pods = [item for item in items if item["kind"] == "Pod" and POOL_LABEL in item["metadata"]["labels"]]
    reports = {state: int(count) for state, count in counts.items()}
    return reading_of(len(pods), sum(map(is_ready, pods)), reports, pool.get("status", {}))


def is_ready(pod: dict[str, Any]) -> bool:
    """Whether the pod's readiness probe says so, and it is not ending."""
    conditions = pod.get("status", {}).get("conditions", [])
    stands = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return stands and "deletionTimestamp" not in pod["metadata"]
