"""Carrying a plan out on this machine: replicas are processes, and there is no HPA and no PDB."""

import asyncio
import logging
import os
import tempfile
from collections.abc import Callable
from contextvars import Context
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from revrx_operator.api.spec import Broker, Flower, PoolSpec
from revrx_operator.api.validation import parse_pool
from revrx_operator.apply.processes import WorkerProcess, host_segment
from revrx_operator.apply.retirement import carry_out_retirement
from revrx_operator.control import RemoteControl
from revrx_operator.model import (
    BrokerAddress,
    ClusterView,
    Manifest,
    Outcome,
    Plan,
    Pod,
    PodMark,
    PoolKey,
    PoolMemory,
    Scale,
)
from revrx_operator.resources.names import child_name

log = logging.getLogger(__name__)

WATCH_SECONDS = 0.2


class NoBroker(Exception):
    """The pool's broker cannot be reached from here: its URL is in a Secret, which this machine does not have."""


class LocalWorkers:
    """The workers of one pool as processes of this machine; stands where the cluster would.

    Used as a context: when it is left, every process that is still there is killed, so drain first.
    """

    def __init__(self, pool: Manifest, directory: Path) -> None:
        """``directory`` is where the Celery app is imported from. Raises InvalidSpec or NoBroker."""
        self._spec = _as_it_runs_here(parse_pool(pool))
        self._pool: dict[str, Any] = {**pool, "metadata": {"namespace": "local", **pool["metadata"], "uid": "local"}}
        self._directory = directory
        self._deployments: dict[str, Manifest] = {}
        self._workers: dict[str, list[WorkerProcess]] = {}
        self._runs: dict[WorkerProcess, asyncio.Task[None]] = {}
        self._leaving: dict[WorkerProcess, str] = {}
        """Deployments of those that finish what they run."""
        self._marks: dict[str, PodMark] = {}
        self._remote = RemoteControl()
        self._numbers = count(1)
        self.on_change: Callable[[PoolKey], None] = lambda _: None
        """Called when a worker was started, became ready or ended."""

    @property
    def key(self) -> PoolKey:
        """The pool."""
        metadata = self._pool["metadata"]
        return PoolKey(metadata["namespace"], metadata["name"])

    @property
    def status(self) -> Manifest:
        """The pool's status, as ``kubectl get`` would show it."""
        status: Manifest = self._pool.get("status", {})
        return status

    @property
    def ready_replicas(self) -> int:
        """Workers that consume, of all groups."""
        return sum(worker.is_ready for workers in self._workers.values() for worker in workers)

    @property
    def pids(self) -> list[int]:
        """The main processes that are there, those that finish what they run included."""
        return [worker.pid for worker in self._runs if worker.pid is not None]

    async def __aenter__(self) -> "LocalWorkers":
        self._run_directory = tempfile.TemporaryDirectory(prefix="revrx-workers-", ignore_cleanup_errors=True)
        self._watcher = asyncio.create_task(self._watch(), name="watch-workers")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Every process has ended when this returns."""
        self._watcher.cancel()
        for worker, run in self._runs.items():
            worker.kill()
            run.cancel()
        await asyncio.gather(self._watcher, *self._runs.values(), return_exceptions=True)
        self._remote.close()
        self._run_directory.cleanup()

    async def drain(self) -> None:
        """Every worker finishes what it runs and ends. Cancelled, it kills those that are left."""
        for name in self._workers:
            self._resize(name, 0)
        await asyncio.gather(*self._runs.values(), return_exceptions=True)

    async def refresh(self, key: PoolKey) -> None:
        """What this machine runs is always known."""

    async def observe(self, key: PoolKey, memory: PoolMemory) -> ClusterView:
        """The pool's file, and its Deployments with the replicas that run."""
        children = tuple({**manifest, "status": self._status(name)} for name, manifest in self._deployments.items())
        names = {group.name: child_name(key.name, group.name) for group in self._spec.workers}
        pods = {group: self._pods(name) for group, name in names.items() if name in self._deployments}
        view = ClusterView(
            key, self._pool, self._spec, broker=_address(self._spec.broker), children=children, pods=pods
        )
        return await self._remote.with_answers(view, memory)

    async def carry_out(self, plan: Plan, view: ClusterView) -> Outcome:
        """Do what the plan says, as far as this machine has it; it refuses nothing."""
        for manifest in plan.applies:
            if manifest["kind"] == "Deployment":
                self._apply(manifest)
        cancelled = await carry_out_retirement(plan, view, self._remote, self._mark)
        for scale in plan.scales:
            self._scale(scale)
        if plan.status is not None:
            self._pool["status"] = plan.status
        for event in plan.events:
            log.info("%s: %s, %s: %s", view.key, event.type, event.reason.code, event.reason.message)
        return Outcome(cancelled=cancelled)

    def forget(self, key: PoolKey) -> None:
        """The one pool of this machine never goes."""

    def _apply(self, manifest: Manifest) -> None:
        """Only a new Deployment carries its replicas; one that stands keeps those that it has."""
        name = manifest["metadata"]["name"]
        replicas = self._deployments.get(name, manifest)["spec"]["replicas"]
        self._deployments[name] = _with_replicas(manifest, replicas)
        self._resize(name, replicas)

    def _scale(self, scale: Scale) -> None:
        self._deployments[scale.deployment] = _with_replicas(self._deployments[scale.deployment], scale.replicas)
        self._resize(scale.deployment, scale.replicas)

    def _resize(self, name: str, replicas: int) -> None:
        """Start what is missing; end what is too many in a ReplicaSet's order, without waiting for it."""
        workers = self._workers.setdefault(name, [])
        while len(workers) < replicas:
            workers.append(self._started(name))
        while len(workers) > replicas:
            newest_first = reversed(workers)
            worker = min(newest_first, key=lambda worker: self._pod(name, worker).deletion_rank)
            workers.remove(worker)
            self._leaving[worker] = name
            self._runs[worker].cancel()

    def _started(self, name: str) -> WorkerProcess:
        pod = self._deployments[name]["spec"]["template"]["spec"]
        home = Path(self._run_directory.name) / f"{name}-{host_segment()}-{next(self._numbers)}"
        worker = WorkerProcess(pod, self._directory, home)
        run = self._runs[worker] = asyncio.create_task(worker.run(), name=worker.name, context=Context())
        run.add_done_callback(lambda _: self._ended(worker))
        return worker

    def _ended(self, worker: WorkerProcess) -> None:
        self._runs.pop(worker)
        self._leaving.pop(worker, None)

    def _pods(self, name: str) -> tuple[Pod, ...]:
        leaving = [worker for worker, deployment in self._leaving.items() if deployment == name]
        return tuple(self._pod(name, worker) for worker in (*self._workers[name], *leaving))

    def _pod(self, name: str, worker: WorkerProcess) -> Pod:
        mark = self._marks.get(worker.name)
        return Pod(
            name=worker.name,
            uid=worker.name,
            replica_set=name,
            ready=worker.is_ready,
            may_hold_tasks=worker.is_ready,
            restarts=worker.restarts,
            leaving=worker in self._leaving,
            retiring_since=mark.retiring_since if mark else None,
            deletion_cost=mark.deletion_cost or 0 if mark else 0,
        )

    async def _mark(self, mark: PodMark) -> bool:
        self._marks[mark.pod] = mark
        return any(worker.name == mark.pod for worker in self._runs)

    async def _watch(self) -> None:
        """Tell when workers were started or ended, and when they became ready: a cluster's watches would."""
        known = (0, 0)
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            workers = (sum(map(len, self._workers.values())), self.ready_replicas)
            if workers != known:
                known = workers
                self.on_change(self.key)

    def _status(self, name: str) -> Manifest:
        workers = self._workers[name]
        return {
            "replicas": len(workers),
            "updatedReplicas": len(workers),
            "readyReplicas": sum(worker.is_ready for worker in workers),
        }


def _with_replicas(deployment: Manifest, replicas: int) -> Manifest:
    return {**deployment, "spec": {**deployment["spec"], "replicas": replicas}}


def _as_it_runs_here(spec: PoolSpec) -> PoolSpec:
    """The spec with the broker where the workers' settings would find it: environment, then pool. Raises NoBroker.

    Without Flower, whose login is in a Secret.

    The URL goes back into the spec, so that operator and workers share one whichever variable it came from.
    """
    url = os.environ.get("CELERY_BROKER_URL") or os.environ.get("REDIS_URL") or spec.broker.url
    if url is None:
        raise NoBroker("spec.broker.urlSecretRef names a Secret, and there are none here; set REDIS_URL")
    if url.startswith("sentinel://"):
        raise NoBroker("workers on this machine are led to one Redis; set REDIS_URL to the redis:// URL of the master")
    here = {"url": url, "url_secret_ref": None, "ca_secret_ref": None, "sentinel": None}
    return spec.model_copy(update={"broker": spec.broker.model_copy(update=here), "flower": Flower()})


def _address(broker: Broker) -> BrokerAddress:
    return BrokerAddress(
        broker.url or "", broker.global_key_prefix, tuple(broker.priority_steps), broker.priority_separator
    )
