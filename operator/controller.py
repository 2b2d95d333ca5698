"""The clock and the one way through: a pool that is marked dirty is observed, planned for, and carried out."""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from revrx_operator.history import History, remember
from revrx_operator.kubeapi import ApiError
from revrx_operator.logs import run_of
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import ClusterView, Outcome, Plan, PoolKey, PoolMemory, PoolSnapshot
from revrx_operator.observe.brokers import Brokers
from revrx_operator.observe.shared_queues import SharedQueues, queue_keys
from revrx_operator.plan.pool import plan_pool
from revrx_operator.plan.tick import News, Workloads, tick, workloads_of
from revrx_operator.state import PoolState
from revrx_operator.workqueue import WorkQueue

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
RESYNC_SECONDS = 300.0
WORKERS = 24
"""Runs at a time. A worker that does not answer a question keeps its pool's run waiting for a second or three."""
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 15.0
REFUSED_SECONDS = 30.0
FOLD_SECONDS = 1.0
"""Kubernetes' own controllers write several times what became of a child: one run for all of it."""
PATIENCE_SECONDS = 30.0
"""How long what only brings words up to date gives way to workers that are to be made or scaled, where there is much
to do: 1,000 new pools have their children first, and what became of those is told afterwards."""
STUCK_AFTER_SECONDS = 30.0
LISTED_SECONDS = 10.0
"""After so long the watches have named every pool that there was at the start."""


class Cluster(Protocol):
    """Where pools live: Kubernetes, or this machine."""

    async def refresh(self, key: PoolKey) -> None:
        """Make sure of what is known of the pool before it is observed again."""

    async def observe(self, key: PoolKey, memory: PoolMemory) -> ClusterView | None:
        """The pool as it stands, or None where it is gone; the memory says which pods to look at."""

    async def carry_out(self, plan: Plan, view: ClusterView) -> Outcome:
        """Do what the plan says."""

    def forget(self, key: PoolKey) -> None:
        """The pool is gone."""


@dataclass(slots=True)
class _Known:
    """What the controller knows of a pool between two runs."""

    view: ClusterView | None = None
    workloads: Workloads = field(default_factory=dict)
    refresh_at: float | None = None
    """When the watches are no longer believed, on the event loop's clock; None before they told anything."""
    memory: PoolMemory = field(default_factory=PoolMemory)
    history: History = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)
    failures: int = 0
    """Runs that failed in a row."""


class Controller:
    """Reconciles pools one run at a time each, and looks at their queues every tick."""

    def __init__(self, cluster: Cluster, clock: Callable[[], float], metrics: OperatorMetrics | None = None) -> None:
        self._cluster = cluster
        self._clock = clock
        self._metrics = metrics or OperatorMetrics()
        self._queue: WorkQueue[PoolKey] = WorkQueue()
        self._brokers = Brokers(TICK_SECONDS, self._on_reading, self._metrics.ticked)
        self._shared = SharedQueues()
        self._pools: defaultdict[PoolKey, _Known] = defaultdict(_Known)
        self._beat_at = 0.0

    def mark(self, key: PoolKey) -> None:
        """The pool may be another one: run. For the event loop's own thread."""
        self._shared.expect(key)
        self._queue.add(key)

    def mark_child(self, key: PoolKey) -> None:
        """Something became of a child of the pool: run soon. For the event loop's own thread."""
        self._queue.add(key, FOLD_SECONDS, PATIENCE_SECONDS)

    def state(self, key: PoolKey) -> PoolState | None:
        """The pool as it is known now; None where there is none, or it was not observed yet."""
        known = self._pools.get(key)
        if known is None or known.view is None:
            return None
        return PoolState(self._snapshot(known.view, known), known.workloads, known.memory, known.history)

    def states(self) -> Iterator[PoolState]:
        """Every pool that is known now."""
        return (state for state in map(self.state, self._pools) if state is not None)

    def is_alive(self) -> bool:
        """Whether the loop has turned lately; the liveness probe asks."""
        return _loop_time() - self._beat_at < STUCK_AFTER_SECONDS

    async def run(self) -> None:
        """Work until cancelled."""
        async with self._brokers, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat(), name="beat")
            tasks.create_task(self._wait_for_lists(), name="wait-for-lists")
            for number in range(WORKERS):
                tasks.create_task(self._work(), name=f"worker-{number}")

    async def _beat(self) -> None:
        while True:
            self._beat_at = _loop_time()
            await asyncio.sleep(1.0)

    async def _wait_for_lists(self) -> None:
        await asyncio.sleep(LISTED_SECONDS)
        self._shared.all_named()

    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            try:
                with run_of(str(key)), self._metrics.reconcile_seconds.time():
                    await self._attempt(key)
            finally:
                self._queue.done(key)

    async def _attempt(self, key: PoolKey) -> None:
        known = self._pools[key]
        try:
            await self._reconcile(key, known)
        except ApiError as error:
            seconds = self._back_off(key, known)
            self._metrics.reconcile_errors.labels("conflict" if error.is_conflict else "api").inc()
            level = logging.DEBUG if error.is_conflict and known.failures == 1 else logging.WARNING
            log.log(level, "%s: %s; again in %.1f s", key, error, seconds)
        except Exception:  # a fault that one pool brings out must not stop the others
            self._metrics.reconcile_errors.labels("defect").inc()
            log.exception("%s: this run failed, which is a defect; again in %.1f s", key, self._back_off(key, known))
        else:
            known.failures = 0

    def _back_off(self, key: PoolKey, known: _Known) -> float:
        """Make the key due again later, the more often it failed in a row; returns the seconds."""
        known.refresh_at = 0.0
        longest = min(FIRST_BACKOFF_SECONDS * 2.0**known.failures, LONGEST_BACKOFF_SECONDS)
        known.failures += 1
        seconds = longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
        self._queue.add(key, after=seconds)
        return seconds

    async def _reconcile(self, key: PoolKey, known: _Known) -> None:
        if known.refresh_at is not None and _loop_time() >= known.refresh_at:
            await self._cluster.refresh(key)
            known.refresh_at = None
        known.view = await self._cluster.observe(key, known.memory)
        if known.view is None:
            self._forget(key)
            return
        if known.refresh_at is None:
            known.refresh_at = _loop_time() + RESYNC_SECONDS * random.uniform(0.9, 1.1)  # noqa: S311 - jitter
        self._queue.add(key, known.refresh_at - _loop_time(), PATIENCE_SECONDS)
        known.workloads = workloads_of(known.view)
        self._watch_queues(known.view)
        shared = self._shared.others(key)  # a tick, which would pay for it twice a second, does not look at it
        snapshot = replace(self._snapshot(known.view, known), shared_queues=shared)
        is_new, plan = not known.memory.decided, plan_pool(snapshot, known.memory)
        outcome = await self._cluster.carry_out(plan, known.view)
        confirmed = dict.fromkeys(outcome.cancelled, self._clock())
        known.memory = replace(plan.memory, cancelled={**plan.memory.cancelled, **confirmed})
        known.history = remember(known.history, snapshot.now, plan.decisions, snapshot.reading.groups)
        if plan.retry_after is not None:
            self._queue.add(key, plan.retry_after, PATIENCE_SECONDS if is_new else 0.0)
        self._note_refusals(key, known, outcome.refusals)

    def _note_refusals(self, key: PoolKey, known: _Known, refusals: Mapping[str, str]) -> None:
        """A refusal that is news goes into the status by another run; one that stays is tried again now and then."""
        if refusals:
            self._queue.add(key, after=REFUSED_SECONDS)
        if refusals != known.refusals:
            known.refusals = refusals
            log.warning("%s: %s", key, "; ".join(refusals.values()) or "nothing is refused any more")
            self._queue.add(key)

    def _snapshot(self, view: ClusterView, known: _Known) -> PoolSnapshot:
        return PoolSnapshot(self._clock(), view, self._brokers.latest(view.key), known.refusals)

    def _watch_queues(self, view: ClusterView) -> None:
        if view.spec is None or view.broker is None:
            self._brokers.forget(view.key)  # what it was last known to take it still takes: its workers go on
            return
        queues = {group.name: tuple(group.queues) for group in view.spec.workers}
        self._brokers.watch(view.key, view.broker, queues)
        taken = queue_keys(view.broker, [queue for names in queues.values() for queue in names])
        self._tell_all(self._shared.put(view.key, taken))

    def _tell_all(self, pools: Iterable[PoolKey]) -> None:
        """What another pool takes has become news for these."""
        for key in pools:
            self._queue.add(key, patience=PATIENCE_SECONDS)

    def _on_reading(self, key: PoolKey) -> None:
        """A tick: decide from what is known of the cluster, and go the whole way only where that would do something.

        A pool whose runs fail waits for its next try, whatever its queues do; one that is new, for its first run.
        """
        known = self._pools[key]
        if known.view is None or known.failures or not known.memory.decided:
            return
        news, known.memory = tick(self._snapshot(known.view, known), known.workloads, known.memory)
        if news is not None:
            self._queue.add(key, patience=PATIENCE_SECONDS if news is News.WORDS else 0.0)

    def _forget(self, key: PoolKey) -> None:
        del self._pools[key]
        self._brokers.forget(key)
        self._tell_all(self._shared.forget(key))
        self._cluster.forget(key)
        log.info("%s: gone", key)


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
