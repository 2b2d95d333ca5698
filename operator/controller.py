"""The clock and the one way through: a pool that is marked dirty is observed, planned for, and carried out."""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Protocol

from revrx_operator.kubeapi import ApiError
from revrx_operator.model import ClusterView, Plan, PoolKey, PoolMemory, PoolSnapshot
from revrx_operator.observe.brokers import Brokers
from revrx_operator.plan.pool import plan_pool
from revrx_operator.workqueue import WorkQueue

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
RESYNC_SECONDS = 300.0
WORKERS = 8
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 15.0
STUCK_AFTER_SECONDS = 30.0


class Cluster(Protocol):
    """Where pools live: Kubernetes, or this machine."""

    async def observe(self, key: PoolKey) -> ClusterView | None:
        """The pool as it stands, or None where it is gone."""

    async def carry_out(self, plan: Plan, view: ClusterView) -> None:
        """Do what the plan says."""

    def forget(self, key: PoolKey) -> None:
        """The pool is gone."""


class Controller:
    """Reconciles pools one run at a time each, and looks at their queues every tick."""

    def __init__(self, cluster: Cluster, clock: Callable[[], float]) -> None:
        self._cluster = cluster
        self._clock = clock
        self._queue: WorkQueue[PoolKey] = WorkQueue()
        self._brokers = Brokers(TICK_SECONDS, self._on_reading)
        self._views: dict[PoolKey, ClusterView] = {}
        self._memory: dict[PoolKey, PoolMemory] = {}
        self._failures: dict[PoolKey, int] = {}
        self._beat_at = 0.0

    def mark(self, key: PoolKey) -> None:
        """Something about the pool may have changed. For the event loop's own thread."""
        self._queue.add(key)

    def is_alive(self) -> bool:
        """Whether the loop has turned lately; the liveness probe asks."""
        return asyncio.get_running_loop().time() - self._beat_at < STUCK_AFTER_SECONDS

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._beat(), name="beat")
                for number in range(WORKERS):
                    tasks.create_task(self._work(), name=f"worker-{number}")
        finally:
            await self._brokers.close()

    async def _beat(self) -> None:
        while True:
            self._beat_at = asyncio.get_running_loop().time()
            await asyncio.sleep(1.0)

    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            try:
                await self._attempt(key)
            finally:
                self._queue.done(key)

    async def _attempt(self, key: PoolKey) -> None:
        try:
            await self._reconcile(key)
        except ApiError as error:
            seconds = self._back_off(key)
            level = logging.DEBUG if error.is_conflict and self._failures[key] == 1 else logging.WARNING
            log.log(level, "%s: %s; again in %.1f s", key, error, seconds)
        except Exception:  # a fault that one pool brings out must not stop the others
            log.exception("%s: this run failed, which is a defect; again in %.1f s", key, self._back_off(key))
        else:
            self._failures.pop(key, None)

    def _back_off(self, key: PoolKey) -> float:
        """Make the key due again later, the more often it failed in a row; returns the seconds."""
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        longest = min(FIRST_BACKOFF_SECONDS * 2.0 ** (failures - 1), LONGEST_BACKOFF_SECONDS)
        seconds = longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
        self._queue.add(key, after=seconds)
        return seconds

    async def _reconcile(self, key: PoolKey) -> None:
        view = await self._cluster.observe(key)
        if view is None:
            self._forget(key)
            return
        self._views[key] = view
        self._watch_queues(view)
        plan = self._plan(view)
        await self._cluster.carry_out(plan, view)
        self._memory[key] = plan.memory
        self._queue.add(key, after=RESYNC_SECONDS * random.uniform(0.9, 1.1))  # noqa: S311
        if plan.retry_after is not None:
            self._queue.add(key, after=plan.retry_after)

    def _plan(self, view: ClusterView) -> Plan:
        snapshot = PoolSnapshot(self._clock(), view, self._brokers.latest(view.key))
        return plan_pool(snapshot, self._memory.get(view.key, PoolMemory()))

    def _watch_queues(self, view: ClusterView) -> None:
        if view.spec is None or view.broker is None:
            self._brokers.forget(view.key)
            return
        self._brokers.watch(view.key, view.broker, {group.name: tuple(group.queues) for group in view.spec.workers})

    def _on_reading(self, key: PoolKey) -> None:
        """A tick: plan from what is known of the cluster, and go the whole way only where that would do something."""
        view = self._views.get(key)
        if view is None or key in self._failures:
            return
        plan = self._plan(view)
        if plan.scales or plan.status is not None:
            self._queue.add(key)
        else:
            self._memory[key] = plan.memory

    def _forget(self, key: PoolKey) -> None:
        self._brokers.forget(key)
        self._cluster.forget(key)
        self._memory.pop(key, None)
        if self._views.pop(key, None):
            log.info("%s: gone", key)
