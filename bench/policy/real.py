"""One real run on kind, to hold the simulation against: a small trace for the operator and real Celery workers."""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError
from kubernetes.client import AppsV1Api, CoreV1Api
from redis import Redis

import revrx_worker
from bench import cluster
from bench.policy.simulate import Outcome, Seen, Subject, simulate
from bench.policy.subjects import ours
from bench.policy.traces import Trace
from bench.result import BenchError
from revrx_operator.api import GROUP_LABEL
from revrx_operator.api.spec import WorkerGroup

NAMESPACE = "bench-policy"
POOL, GROUP = "policy", "worker"
DEPLOYMENT = f"{POOL}-{GROUP}"
QUEUE = "policy"
APP = Path(__file__).with_name("work.py")
APP_DIRECTORY = "/bench"
SHORTEST_SECONDS = 120.0
"""Of a real run that shows anything."""
TAIL_SECONDS = 90.0
"""Measured after the trace: what is left is done, and the workers go."""
WORKERS = {
    "name": GROUP,
    "queues": [QUEUE],
    "concurrency": 2,
    "prefetchMultiplier": 1,
    "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}},
    "scaling": {
        "minReplicas": 0,
        "maxReplicas": 10,
        "tasksPerReplica": 4,
        "scaleDown": {"stabilizationSeconds": 15, "maxReplicasPerMinute": 20},
    },
}
"""The group that is scaled, on kind and in the simulation; two cores hold no ten pods of the usual size."""


@dataclass(frozen=True)
class Start:
    """What a task said as it started, seconds since the epoch."""

    number: int
    enqueued_at: float
    started_at: float


@dataclass(frozen=True)
class RealRun:
    """What was seen."""

    seen: Seen
    startup_seconds: Sequence[float]
    """From creation to Ready, of each pod that was seen Ready."""


def play(trace: Trace) -> RealRun:
    """Play the trace on the kind cluster. Raises BenchError."""
    cluster.require()
    with cluster.namespace(NAMESPACE), cluster.operator(), cluster.redis(NAMESPACE) as redis:
        cluster.apply(app(), pool(), namespace=NAMESPACE)
        wait = ("wait", "reportworkerpool", POOL, "--for=condition=Ready", "--timeout=120s")
        cluster.kubectl("--namespace", NAMESPACE, *wait, seconds=130)
        began, stop = time.time(), Event()
        with ThreadPoolExecutor(1) as thread:
            sending = thread.submit(_send, trace, redis, began, stop)
            try:
                sights, startups = _watch(trace.seconds + TAIL_SECONDS)
            finally:
                stop.set()
            sending.result()
        return RealRun(put_together(_starts(redis), trace, sights, began), startups)


def simulated(run: RealRun, trace: Trace, seeds: int) -> list[Outcome]:
    """Play the same trace in the simulation, with the start-up times that the real pods had."""
    plain = ours(WorkerGroup.model_validate(WORKERS))
    subject = Subject(plain.name, plain.group, plain.grace_seconds, plain.make, run.startup_seconds)
    return [simulate(trace, subject, seed, tail_seconds=TAIL_SECONDS) for seed in range(seeds)]


def put_together(starts: Sequence[Start], trace: Trace, sights: Sequence[tuple[float, int]], began: float) -> Seen:
    """Put together what was seen. Raises BenchError where a task did not start, or started twice.

    Args:
        starts: of all tasks.
        trace: what was played.
        sights: moments of the watch, seconds since the epoch, and spec.replicas then.
        began: when the trace began, seconds since the epoch.
    """
    numbers = [start.number for start in starts]
    if sorted(numbers) != list(range(len(trace.arrivals))):
        raise BenchError(f"of {len(trace.arrivals)} tasks {len({*numbers})} started, in {len(numbers)} starts")
    history = [(0.0, 0)]
    for at, replicas in sights:
        if replicas != history[-1][1]:
            history.append((max(0.0, at - began), replicas))
    waits = [start.started_at - start.enqueued_at for start in sorted(starts, key=lambda start: start.number)]
    return Seen(waits, trace.seconds + TAIL_SECONDS, history)


def _send(trace: Trace, redis: Redis, began: float, stop: Event) -> None:
    """Send each task at its moment. Raises BenchError where Redis does not take one."""
    port = redis.get_connection_kwargs()["port"]
    with Celery(broker=f"redis://127.0.0.1:{port}/0") as sender:
        revrx_worker.join(sender)  # messages carry their age, as those of the bundled app do
        for number, (moment, seconds) in enumerate(trace.arrivals):
            if stop.wait(max(0.0, began + moment - time.time())):
                return
            try:
                sender.send_task("work", args=[number, time.time(), seconds], queue=QUEUE, ignore_result=True)
            except OperationalError as error:
                raise BenchError(f"Redis does not take tasks: {error}") from None


def _starts(redis: Redis) -> list[Start]:
    said: Any = redis.lrange("started", 0, -1)
    return [Start(*json.loads(line)) for line in said]


def _watch(seconds: float) -> tuple[list[tuple[float, int]], list[float]]:
    """Give the moments at which the Deployment changed with its spec.replicas, and the start-up times of its pods."""
    response: Any = AppsV1Api(cluster.api()).list_namespaced_deployment(
        NAMESPACE,
        field_selector=f"metadata.name={DEPLOYMENT}",
        watch=True,
        timeout_seconds=int(seconds),
        _preload_content=False,
    )
    sights: list[tuple[float, int]] = []
    startups: dict[str, float] = {}
    began, shown = time.time(), -1
    try:
        for line in response:
            sights.append((time.time(), json.loads(line)["object"]["spec"]["replicas"]))
            startups |= _startups()
            if sights[-1][1] != shown:
                shown = sights[-1][1]
                print(f"real run: {sights[-1][0] - began:.0f} of {seconds:.0f} s, {shown} replicas", flush=True)
    finally:
        response.close()
    return sights, sorted(startups.values())


def _startups() -> dict[str, float]:
    """Seconds from creation to Ready, by pod; the API gives whole ones."""
    pods: Any = CoreV1Api(cluster.api()).list_namespaced_pod(NAMESPACE, label_selector=f"{GROUP_LABEL}={GROUP}")
    return {
        pod.metadata.name: (condition.last_transition_time - pod.metadata.creation_timestamp).total_seconds()
        for pod in pods.items
        for condition in pod.status.conditions or ()
        if condition.type == "Ready" and condition.status == "True"
    }


def app() -> dict[str, Any]:
    """Give the ConfigMap that brings the workers their Celery app."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "app"},
        "data": {APP.name: APP.read_text()},
    }


def pool() -> dict[str, Any]:
    """Give the pool that is scaled."""
    mounted = {"name": "worker", "volumeMounts": [{"name": "app", "mountPath": APP_DIRECTORY}]}
    template = {"spec": {"volumes": [{"name": "app", "configMap": {"name": "app"}}], "containers": [mounted]}}
    return {
        "apiVersion": "revrx.io/v1alpha1",
        "kind": "ReportWorkerPool",
        "metadata": {"name": POOL},
        "spec": {
            "image": "revrx/worker:dev",
            "app": APP.stem,
            "broker": {"url": f"redis://redis.{NAMESPACE}:6379/0"},
            "env": [{"name": "PYTHONPATH", "value": APP_DIRECTORY}],
            "workers": [{**WORKERS, "podTemplate": template}],
        },
    }
