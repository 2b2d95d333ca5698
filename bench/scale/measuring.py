"""The measurement: converge, idle, a burst."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kubernetes.client import AppsV1Api
from redis import Redis

from bench import cluster
from bench.result import BenchError
from bench.scale import bare, converging, heartbeats, metrics, pools, process
from bench.scale.converging import seconds_until
from bench.scale.metrics import Scrape
from bench.scale.process import Usage
from bench.scale.report import say

READY_SECONDS = 600
CLEAR_SECONDS = 900
SIZED = ("resources.requests.cpu=500m",)
"""The chart's 50m are for a few pools. On a busy node a process gets what it has requested and little more."""
UNMEASURED_SECONDS = 45
"""Of idling after the last pod is Ready: HPAs look every 15 s, and the last numbers in a status are written 15 s late.
A wait until nothing is written any more would see to it that nothing is measured."""
BURST_SECONDS = 60
BURST = 80

IN_SCRIPTS = frozenset({"llen", "hlen", "hvals", "lrange", "lindex", "hscan"})
"""Commands that the operator sends inside of its one script, not by themselves."""
OF_THE_BENCH = frozenset({"publish", "info", "lpush", "ping"})
LEASES = frozenset({"leases"})
"""Renewed every two seconds, however many pools there are."""
WRITES = frozenset({"APPLY", "PATCH", "POST", "PUT", "DELETE"})
POOL_PARTS = frozenset({"reportworkerpools", "deployments", "poddisruptionbudgets"})


@dataclass(frozen=True)
class Idle:
    """What was seen while nothing changed; durations in seconds, sizes in bytes, the rest a minute."""

    lateness_p50: float
    lateness_p99: float
    ticks: float
    api_writes: float
    writes_to_pools: float
    round_trips: float
    resident: int
    highest: int
    cores: float


@dataclass(frozen=True)
class Measured:
    """All that was seen; durations in seconds."""

    pools: int
    workers: int
    bare: float
    """For the children alone, written by a plain client."""
    found: float
    """For the children of pools that were there before the operator, since its start."""
    created: float
    """Until the last of the pools was created that came while the operator was there."""
    converged: float
    """Until the children of those stood, since the first of them."""
    cores_converging: float
    asked: float
    """Until all workers were asked for, after the last of all specs was changed."""
    idle: Idle
    burst: float


@dataclass(frozen=True)
class _Sample:
    """Everything that counts up, at one moment; taking it takes a second or two, each time the same."""

    at: float
    operator: Scrape
    api_server: Scrape
    round_trips: int
    usage: Usage


def measure(count: int, idle_seconds: float) -> Measured:
    """Do it all. Raises BenchError where the cluster does not get there."""
    cluster.require()
    bare_seconds = bare.write(count)
    say(f"the children of {count} pools written by a plain client in {bare_seconds:.1f} s")
    with (
        cluster.addon("kwok"),  # first, and so last to go: without it no pretended pod is ever gone
        cluster.namespace(pools.NAMESPACE, gone_within=CLEAR_SECONDS),
        cluster.redis(pools.NAMESPACE) as redis,
        pools.nodes(count * pools.REPLICAS),
        cluster.operator(*SIZED),
    ):
        found = converging.found(count)
        before = process.usage()
        created, converged = converging.created(count)
        after = process.usage()
        pools.raise_minimum(count)
        asked = converging.replicas_asked(count * pools.REPLICAS, time.monotonic())
        workers = _await_workers(count * pools.REPLICAS)
        with _beating(workers):
            say(f"{len(workers)} workers beat; {UNMEASURED_SECONDS} s with nothing to do that are not measured")
            _let_idle(UNMEASURED_SECONDS)
            idle = _idle(redis, idle_seconds)
            burst = _burst(redis, count // 2)
    return Measured(
        pools=count,
        workers=len(workers),
        bare=bare_seconds,
        found=found,
        created=created,
        converged=converged,
        cores_converging=(after.cpu_seconds - before.cpu_seconds) / converged,
        asked=asked,
        idle=idle,
        burst=burst,
    )


def _await_workers(count: int) -> list[str]:
    """Give the names of all workers once they are Ready, telling how many are on the way there."""

    def ready() -> int:
        found = len(pools.workers())
        say(f"{found} of {count} workers are Ready")
        return found

    seconds_until(ready, count, "workers are Ready", began=time.monotonic(), within=READY_SECONDS, look_every=10)
    return pools.workers()


@contextmanager
def _beating(workers: list[str]) -> Iterator[None]:
    """Have the heartbeats of the workers published by a pod of their own."""
    source = {"heartbeats.py": Path(heartbeats.__file__).read_text()}
    source["workers.json"] = json.dumps(workers)
    cluster.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "heartbeats"}, "data": source},
        _publisher(),
        namespace=pools.NAMESPACE,
    )
    where = ("--namespace", pools.NAMESPACE)
    cluster.kubectl(*where, "wait", "pod/heartbeats", "--for=condition=Ready", "--timeout=60s", seconds=70)
    yield
    if cluster.kubectl(*where, "get", "pod", "heartbeats", "--output=jsonpath={.status.phase}") != "Running":
        raise BenchError("the heartbeats stopped: kubectl logs heartbeats says why")


def _publisher() -> Mapping[str, object]:
    program = "exec python /bench/heartbeats.py redis < /bench/workers.json"
    container = {
        "name": "heartbeats",
        "image": "revrx/worker:dev",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", program],
        "volumeMounts": [{"name": "bench", "mountPath": "/bench"}],
    }
    spec = {
        "containers": [container],
        "volumes": [{"name": "bench", "configMap": {"name": "heartbeats"}}],
        "terminationGracePeriodSeconds": 1,
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "heartbeats"}, "spec": spec}


def _idle(redis: Redis, seconds: float) -> Idle:
    """Measure while nothing changes."""
    say(f"measuring for {seconds:.0f} s with nothing to do")
    before = _sample(redis)
    _let_idle(seconds)
    after = _sample(redis)
    ours, servers = after.operator.since(before.operator), after.api_server.since(before.api_server)
    seconds = after.at - before.at
    minutes = seconds / 60
    return Idle(
        lateness_p50=ours.quantile("revrx_tick_lateness_seconds", 0.5),
        lateness_p99=ours.quantile("revrx_tick_lateness_seconds", 0.99),
        ticks=ours.total("revrx_tick_lateness_seconds_count") / minutes,
        api_writes=(_own_writes(ours) - _own_writes(ours, kind=LEASES)) / minutes,
        writes_to_pools=_writes(servers) / minutes,
        round_trips=(after.round_trips - before.round_trips) / minutes,
        resident=after.usage.resident,
        highest=after.usage.highest,
        cores=(after.usage.cpu_seconds - before.usage.cpu_seconds) / seconds,
    )


def _let_idle(seconds: float) -> None:
    """The load of the idle measurement: workers beat, and nothing waits."""
    time.sleep(seconds)


def _sample(redis: Redis) -> _Sample:
    at = time.monotonic()
    return _Sample(at, metrics.of_operator(), metrics.of_api_server(), _round_trips(redis), process.usage())


def _own_writes(ours: Scrape, **labels: frozenset[str]) -> float:
    return ours.total("revrx_api_requests_total", method=WRITES, **labels)


def _writes(servers: Scrape) -> float:
    return servers.total("apiserver_request_total", verb=WRITES, resource=POOL_PARTS)


def _round_trips(redis: Redis) -> int:
    """Commands that Redis was sent, the bench's own and those within a script left out."""
    stats: dict[str, dict[str, int]] = redis.info("commandstats")
    names = {name: name.removeprefix("cmdstat_").partition("|")[0] for name in stats}
    counted = (stat["calls"] for name, stat in stats.items() if names[name] not in IN_SCRIPTS | OF_THE_BENCH)
    return sum(counted)


def _burst(redis: Redis, number: int) -> float:
    """Give the seconds from messages in one pool's queue to the replicas in its Deployment."""
    began = time.monotonic()
    redis.lpush(pools.name(number), *["{}"] * BURST)
    api, name = AppsV1Api(cluster.api()), f"{pools.name(number)}-worker"

    def replicas() -> int:
        return api.read_namespaced_deployment(name, pools.NAMESPACE).spec.replicas or 0

    what = f"replicas of {name} are asked for after a burst"
    return seconds_until(replicas, pools.REPLICAS + 1, what, began=began, within=BURST_SECONDS, look_every=0.02)
