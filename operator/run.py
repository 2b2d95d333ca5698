"""The operator as a whole: handlers, controller and cluster, put together and stopped in order."""

import asyncio
import gc
import logging
import signal
import time
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from revrx_operator.announcements import Announcements
from revrx_operator.api import KIND
from revrx_operator.apply.kubernetes import KubernetesApplier
from revrx_operator.apply.local import LocalWorkers
from revrx_operator.control import RemoteControl
from revrx_operator.controller import Controller
from revrx_operator.ending import until_all_stop, until_one_ends
from revrx_operator.handlers.watch import watch
from revrx_operator.kubeapi import KubeApi
from revrx_operator.kubeclient import api_client
from revrx_operator.lease import Alone, Leadership, Lease, LeaseName
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import ClusterView, Manifest, Outcome, Plan, PoolKey, PoolMemory
from revrx_operator.observe.cluster import drop_deleted, observe_cluster, refresh
from revrx_operator.observe.pods import observe_pods
from revrx_operator.serving import CannotServe, serving
from revrx_operator.settings import OperatorSettings
from revrx_operator.store import Store, pool_key
from revrx_operator.terms import Terms

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
RESOLVER_THREADS = 64
"""Names are looked up in threads, and a lookup that hangs keeps its thread for a minute. asyncio's own few (CPUs + 4)
would all be taken by one Redis whose name does not resolve, and everybody else's lookups would wait."""

GC_THRESHOLDS = (10_000, 20, 100)
"""How often Python looks for cycles among the youngest objects, the next, and all. To go through all that 1,000 pools
keep takes longer than a tick may be late, and finds next to nothing: cycles die young here."""


@dataclass(frozen=True, slots=True)
class KubernetesCluster:
    """Observing and applying on one API server."""

    api: KubeApi
    store: Store
    applier: KubernetesApplier
    remote: RemoteControl

    async def refresh(self, key: PoolKey) -> None:
        """Read the pool anew, whatever the watches told. Raises ApiError."""
        await refresh(self.api, self.store, key)

    async def observe(self, key: PoolKey, memory: PoolMemory) -> ClusterView | None:
        """The pool as last seen, and what only the API server and the workers can tell. Raises ApiError."""
        view = await observe_cluster(self.api, self.store, key)
        return view and await self.remote.with_answers(await observe_pods(self.api, view, memory), memory)

    async def carry_out(self, plan: Plan, view: ClusterView) -> Outcome:
        """Do what the plan says. Raises ApiError."""
        return await self.applier.carry_out(plan, view)

    def forget(self, key: PoolKey) -> None:
        """The pool is gone."""
        self.applier.forget(key)
        self.store.forget(key)


async def run_on_cluster(settings: OperatorSettings) -> None:
    """Reconcile every pool of the watched namespaces until SIGTERM or SIGINT, as long as no other operator does."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(RESOLVER_THREADS, "resolver"))
    gc.set_threshold(*GC_THRESHOLDS)
    stop, store = _stop_on_signals(), Store()
    metrics = OperatorMetrics(settings.lease_name if settings.lease_namespace else "")
    async with api_client() as client:
        reading = KubeApi(client, on_request=metrics.requested)
        leadership, announcements = _leadership(settings, reading), Announcements(reading)
        api = KubeApi(client, partial(_answered, store, announcements), metrics.requested, leadership.seconds_to_write)
        async with RemoteControl(leadership.is_held) as remote:
            terms = cluster_terms(api, store, remote, metrics, settings.watch_namespaces)
            watching = watch(
                notice=partial(notice, store, announcements, terms),
                ailment=partial(_ailment, terms, announcements),
                namespaces=settings.watch_namespaces,
                liveness_endpoint=f"http://{settings.health_address}:{settings.health_port}/healthz",
                stop=stop,
            )
            async with serving(lambda: terms.controller, metrics, settings.metrics_address, settings.metrics_port):
                await until_all_stop(stop, _lead(terms, leadership, stop), watching)


def _leadership(settings: OperatorSettings, api: KubeApi) -> Leadership:
    if not settings.lease_namespace:
        return Alone()
    return Lease(api, LeaseName(settings.lease_namespace, settings.lease_name, settings.identity))


def cluster_terms(
    api: KubeApi, store: Store, remote: RemoteControl, metrics: OperatorMetrics, namespaces: Iterable[str]
) -> Terms:
    """Controllers for the pools of the cluster."""

    def controller() -> Controller:
        cluster = KubernetesCluster(api, store, KubernetesApplier(api, remote), remote)
        return Controller(cluster, time.time, metrics)

    async def pools() -> Iterable[PoolKey]:
        await drop_deleted(api, store, namespaces)
        return store.pools()

    return Terms(controller, pools, metrics, time.time)


def _answered(store: Store, announcements: Announcements, manifest: Manifest) -> None:
    """A write has left an object like this."""
    if store.saw_answer(manifest):
        announcements.changed(manifest)


def notice(store: Store, announcements: Announcements, terms: Terms, manifest: Manifest, deleted: bool) -> None:
    """A watch has told of an object."""
    announcements.told(manifest)
    is_news = store.lost(manifest) if deleted else store.saw(manifest)
    if is_news and terms.acts():
        controller, key = terms.controller, pool_key(manifest)
        if deleted or manifest["kind"] == KIND:
            controller.mark(key)
        else:
            controller.mark_child(key)


async def _ailment(terms: Terms, announcements: Announcements) -> str:
    """Why this process should be followed by another one; empty where it is well."""
    if not terms.is_alive():
        return "the controller's loop has not turned for too long"
    return await announcements.missing()


async def _lead(terms: Terms, leadership: Leadership, stop: asyncio.Event) -> None:
    """Act in each term; told to stop, let another operator act before anything else ends."""
    try:
        await until_one_ends(terms.run(leadership), leadership.run(), _wait(stop))
    finally:
        await leadership.release()


async def run_locally(workers: LocalWorkers, settings: OperatorSettings) -> None:
    """Run the workers of one pool as processes of this machine until SIGTERM or SIGINT; a second one kills them."""
    stop = _stop_on_signals()
    metrics = OperatorMetrics()
    terms = local_terms(workers, metrics)
    async with workers, _serving_here(terms, metrics, settings.metrics_port):
        await until_one_ends(terms.run(Alone()), _wait(stop))
        log.info("%s: stopping; the workers finish what they run, a second signal kills them", workers.key)
        stop.clear()
        await until_one_ends(workers.drain(), _wait(stop))


async def control(workers: LocalWorkers) -> None:
    """Keep the processes of a pool at what its queues ask for, until cancelled."""
    await local_terms(workers, OperatorMetrics()).run(Alone())


def local_terms(workers: LocalWorkers, metrics: OperatorMetrics) -> Terms:
    """Controllers for the one pool of this machine; nobody else acts, but its clock may be set."""

    async def the_one_pool() -> Iterable[PoolKey]:
        return (workers.key,)

    def look_again(key: PoolKey) -> None:
        terms.controller.mark(key)

    terms = Terms(partial(Controller, workers, time.time, metrics), the_one_pool, metrics, time.time)
    workers.on_change = look_again
    return terms


@asynccontextmanager
async def _serving_here(terms: Terms, metrics: OperatorMetrics, port: int) -> AsyncIterator[None]:
    """Serve this machine alone, on another port where that one is taken."""
    async with AsyncExitStack() as stack:
        try:
            port = await stack.enter_async_context(serving(lambda: terms.controller, metrics, LOOPBACK, port))
        except CannotServe:
            port = await stack.enter_async_context(serving(lambda: terms.controller, metrics, LOOPBACK, 0))
        log.info("revrx-operator explain POOL --url http://%s:%d tells why; metrics are there, too", LOOPBACK, port)
        yield


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()


def _stop_on_signals() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
