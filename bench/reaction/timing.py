"""How long a Deployment takes to answer, seen by a watch that is open before anything happens."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kubernetes.client import AppsV1Api

from bench import cluster
from bench.result import BenchError

GIVE_UP_SECONDS = 180


@dataclass(frozen=True)
class Sight:
    """What the watch tells of the Deployment, and how many seconds after the enqueue."""

    at: float
    replicas: int
    ready: int


@dataclass(frozen=True)
class Reaction:
    """Seconds from the enqueue until one more replica was in spec, until all were, and until all were Ready."""

    first: float
    full: float
    ready: float


def measure(namespace: str, deployment: str, enqueue: Callable[[], None], *, before: int, replicas: int) -> Reaction:
    """Enqueue while `before` replicas are there, and watch until `replicas` are Ready.

    Raises BenchError after three minutes.
    """
    response: Any = AppsV1Api(cluster.api()).list_namespaced_deployment(
        namespace,
        field_selector=f"metadata.name={deployment}",
        watch=True,
        timeout_seconds=GIVE_UP_SECONDS,
        _preload_content=False,
    )
    try:
        began = time.monotonic()
        enqueue()
        return reaction(_sights(response, began), before=before, replicas=replicas)
    finally:
        response.close()


def _sights(lines: Iterable[bytes], began: float) -> Iterator[Sight]:
    """Read a watch's events, one JSON object a line, as they come in."""
    for line in lines:
        at = time.monotonic() - began
        seen = json.loads(line)["object"]
        yield Sight(at, seen["spec"]["replicas"], seen.get("status", {}).get("readyReplicas", 0))


def reaction(sights: Iterable[Sight], *, before: int, replicas: int) -> Reaction:
    """Find the three moments. Raises BenchError where the sights end before the last."""
    first = full = None
    seen: Sight | None = None
    for seen in sights:
        if first is None and seen.replicas > before:
            first = seen.at
        if full is None and seen.replicas >= replicas:
            full = seen.at
        if first is not None and full is not None and seen.ready >= replicas:
            return Reaction(first, full, seen.at)
    last = f"{seen.replicas} replicas in spec, {seen.ready} Ready" if seen else "nothing seen"
    raise BenchError(f"not {replicas} replicas Ready within {GIVE_UP_SECONDS} s of the enqueue: {last}")
