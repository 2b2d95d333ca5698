"""Carrying a plan out on this machine: replicas are processes, and there is no HPA and no PDB."""

import asyncio
import logging
import os
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from revrx_operator.api.validation import parse_spec

from revrx_operator.api.spec import PoolSpec
from revrx_operator.apply.processes import WorkerProcess
from revrx_operator.model import BrokerAddress, ClusterView, Manifest, Plan, PoolKey, Scale

log = logging.getLogger(__name__)

WATCH_SECONDS = 0.2
RESTART_SECONDS = 2.0


class NoBroker(Exception):
    """The pool's broker URL is in a Secret, which this machine does not have."""


class LocalWorkers:
    """The workers of one pool as processes of this machine; stands where the cluster would."""

    def __init__(self, pool: Manifest, directory: Path) -> None:
        """``directory`` is where the Celery app is imported from. Raises InvalidSpec or NoBroker."""
        self._spec = parse_spec(pool["spec"])
        self._broker = _broker(self._spec)
        self._pool: dict[str, Any] = {**pool, "metadata": {"namespace": "local", **pool["metadata"], "uid": "local"}}
        self._directory = directory
        self._deployments: dict[str, dict[str, Any]] = {}
        self._workers: dict[str, list[WorkerProcess]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._numbers = count(1)
        self.on_change: Callable[[PoolKey], None] = lambda _: None
        """Called when a worker became ready or died."""

    @property
    def key(self) -> PoolKey:
        """The pool."""
        metadata = self._pool["metadata"]
        return PoolKey(metadata["namespace"], metadata["name"])

    @property
    def status(self) -> Manifest:
        """The pool's status, as ``kubectl get`` would show it."""
        return self._pool.get("status", {})  # type: ignore[no-any-return]

    @property
    def ready_replicas(self) -> int:
        """Workers that consume, of all groups."""
        return sum(worker.is_ready for workers in self._workers.values() for worker in workers)

    async def __aenter__(self) -> "LocalWorkers":
        self._run_directory = tempfile.TemporaryDirectory(prefix="revrx-", ignore_cleanup_errors=True)
        self._watcher = asyncio.create_task(self._watch(), name="watch-workers")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Every process has ended when this returns."""
        self._watcher.cancel()
        for name in self._workers:
            await self._resize(name, 0)
        await asyncio.gather(*self._ending)
        self._run_directory.cleanup()

    async def observe(self, key: PoolKey) -> ClusterView:
        """The pool's file, and its Deployments with the replicas that run."""
        children = tuple({**manifest, "status": self._status(name)} for name, manifest in self._deployments.items())
        return ClusterView(key, self._pool, self._spec, broker=self._broker, children=children)

    async def carry_out(self, plan: Plan, view: ClusterView) -> None:
        """Do what the plan says, as far as this machine has it."""
        for manifest in plan.applies:
            if manifest["kind"] == "Deployment":
                await self._apply(manifest)
        for scale in plan.scales:
            await self._scale(view, scale)
        if plan.status is not None:
            self._pool["status"] = plan.status

    def forget(self, key: PoolKey) -> None:
        """The one pool of this machine never goes."""

    async def _apply(self, manifest: Manifest) -> None:
        name = manifest["metadata"]["name"]
        standing = self._deployments.get(name, manifest)
        self._deployments[name] = {**manifest, "spec": {**manifest["spec"], "replicas": standing["spec"]["replicas"]}}
        await self._resize(name, standing["spec"]["replicas"])

    async def _scale(self, view: ClusterView, scale: Scale) -> None:
        reason = scale.reason
        log.info("%s: %d -> %d replicas, %s: %s", view.key, scale.current, scale.replicas, reason.code, reason.message)
        self._deployments[scale.deployment]["spec"]["replicas"] = scale.replicas
        await self._resize(scale.deployment, scale.replicas)

    async def _resize(self, name: str, replicas: int) -> None:
        """Start what is missing; end the newest of what is too many, without waiting for it."""
        workers = self._workers.setdefault(name, [])
        pod = self._deployments[name]["spec"]["template"]["spec"]
        while len(workers) < replicas:
            home = Path(self._run_directory.name) / f"{name}-{next(self._numbers)}"
            worker = WorkerProcess(pod["containers"][0], self._directory, home)
            workers.append(worker)
            await worker.start()
        while len(workers) > replicas:
            ending = asyncio.create_task(workers.pop().stop(pod["terminationGracePeriodSeconds"]))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def _watch(self) -> None:
        """Start what died anew, and tell when the number of ready workers changed."""
        known = 0
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if known != self.ready_replicas:
                known = self.ready_replicas
                self.on_change(self.key)
            for worker in [worker for workers in self._workers.values() for worker in workers]:
                if not worker.is_running and worker.seconds_since_start() > RESTART_SECONDS:
                    log.warning("%s: a worker died, its last words: %s", self.key, worker.last_words())
                    await worker.start()

    def _status(self, name: str) -> Manifest:
        workers = self._workers[name]
        return {
            "replicas": len(workers),
            "updatedReplicas": len(workers),
            "readyReplicas": sum(worker.is_ready for worker in workers),
        }


def _broker(spec: PoolSpec) -> BrokerAddress:
    """Where the workers' own settings find it: the environment, then the pool. Raises NoBroker."""
    broker = spec.broker
    url = os.environ.get("CELERY_BROKER_URL") or os.environ.get("REDIS_URL") or broker.url
    if url is None:
        raise NoBroker("spec.broker.urlSecretRef names a Secret, and there are none here; set REDIS_URL")
    return BrokerAddress(url, broker.global_key_prefix, tuple(broker.priority_steps), broker.priority_separator)
