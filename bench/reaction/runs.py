"""The runs of the bench, one after another: set up, pause, enqueue, measure, clear away."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench import cluster
from bench.reaction import messages, subjects
from bench.reaction.subjects import DEPLOYMENT, KEDA, MAX_REPLICAS, NAMESPACE, OURS, QUEUE, Manifest, Subject
from bench.reaction.timing import Reaction, measure

READY_SECONDS = 120


def measure_all(*, minimum: int, ours: int, keda: int, seed: int) -> dict[str, list[Reaction]]:
    """Measure every subject that many times, in an order and with pauses drawn from the seed. Raises BenchError."""
    chance = random.Random(seed)  # noqa: S311 - nothing is secret here
    order = [OURS] * ours + [subject for subject in KEDA for _ in range(keda)]
    chance.shuffle(order)
    reactions: dict[str, list[Reaction]] = {subject.name: [] for subject in (OURS, *KEDA)}
    cluster.require()
    with cluster.namespace(NAMESPACE), cluster.operator(), cluster.addon("keda"), cluster.redis(NAMESPACE) as redis:
        cluster.apply(subjects.app(), namespace=NAMESPACE)
        deployment = _deployment_of_ours(minimum)
        enqueued = messages.prepare(redis, QUEUE)
        for count, subject in enumerate(order, start=1):
            with _standing(_scaler(subject, deployment, minimum)):
                time.sleep(chance.uniform(0, subject.period_seconds))
                reaction = measure(
                    NAMESPACE,
                    DEPLOYMENT,
                    lambda: messages.enqueue(redis, QUEUE, enqueued),
                    before=minimum,
                    replicas=MAX_REPLICAS,
                )
            redis.flushall()
            reactions[subject.name].append(reaction)
            print(f"run {count} of {len(order)}, {subject.name}: {_said(reaction)}", flush=True)
    return reactions


def _said(reaction: Reaction) -> str:
    return f"first {reaction.first:.2f} s, ten {reaction.full:.2f} s, Ready {reaction.ready:.2f} s"


def _deployment_of_ours(minimum: int) -> Manifest:
    """Give the Deployment that the operator makes of the pool, as one of nobody."""
    with _standing([subjects.pool(minimum)]):
        found: dict[str, Any] = json.loads(_kubectl("get", "deployment", DEPLOYMENT, "--output=json"))
    return subjects.same_shape(found, minimum)


def _scaler(subject: Subject, deployment: Manifest, minimum: int) -> list[Manifest]:
    """Give what has to be applied: the scaler last."""
    if subject.settings is None:
        return [subjects.pool(minimum)]
    return [deployment, subjects.scaled_object(subject.settings, minimum)]


@contextmanager
def _standing(manifests: list[Manifest]) -> Iterator[None]:
    """Have a scaler stand, the last of the manifests, with its minimum of workers; all of it goes again."""
    scaler = manifests[-1]["kind"]
    try:
        cluster.apply(*manifests, namespace=NAMESPACE)
        _await(scaler, "Ready")
        _await("deployment", "Available")
        yield
    finally:
        _delete(scaler, "--all")
        _delete("deployments", "--all")
        _delete("pods", "--selector=app!=redis")


def _await(kind: str, condition: str) -> None:
    wait = ("wait", kind, "--all", f"--for=condition={condition}", f"--timeout={READY_SECONDS}s")
    _kubectl(*wait, seconds=READY_SECONDS + 10)


def _delete(*what: str) -> None:
    """Delete objects and return when they are gone."""
    _kubectl("delete", *what, "--timeout=60s", seconds=70)


def _kubectl(*words: str, seconds: float = 60) -> str:
    return cluster.kubectl("--namespace", NAMESPACE, *words, seconds=seconds)
