"""The watcher: looks at the workers of a namespace every second, all through a round."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient, AppsV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tests.e2e.killer import deafness, ear, pods
from tests.e2e.killer.deafness import Spells
from tests.e2e.killer.sights import Deletion, Sight
from tests.e2e.killer.subject import QUEUE, Subject
from tests.e2e.kubectl import Kubectl

LOOK_SECONDS = 0.5
TELL_SECONDS = 15.0
BLIND_SECONDS = 60.0
"""Not to know how the workers are for so long makes a round worthless."""


class Stopped(Exception):
    """The run was interrupted."""


@dataclass
class Watcher:
    """What is seen, and what has been seen."""

    client: ApiClient
    namespace: str
    deployment: str
    heard: ear.Heard
    pods: pods.Pods
    say: Callable[[str], None]
    stop: Event
    sight: Sight = field(default_factory=lambda: Sight(time.time()))
    lowered: list[tuple[float, int | None]] = field(default_factory=list)
    """Each value of spec.replicas, and since when it stood."""
    deaf: Spells = field(default_factory=Spells)
    without_queues: Spells = field(default_factory=Spells)

    @property
    def deletions(self) -> list[Deletion]:
        """Of all pods so far."""
        return list(self.pods.deletions.values())

    def wait(self, holds: Callable[[Sight], bool], what: str, *, within: float, rest: float = 0.0) -> Sight:
        """Return what is seen once it holds, and has held for ``rest`` seconds.

        Raises AssertionError when that is not so within ``within`` seconds, and Stopped.
        """
        began = told_at = time.monotonic()
        since = None
        while True:
            now = time.monotonic()
            self._check()
            since = (since or now) if holds(self.sight) else None
            if since is not None and now - since >= rest:
                return self.sight
            assert now - began < within, f"not within {within:.0f} s: {what}; last seen: {self.sight}"
            if now - told_at >= TELL_SECONDS:
                self.say(f"waiting for {now - began:.0f} s until {what}: {self.sight}")
                told_at = now
            self.pause(LOOK_SECONDS)

    def pause(self, seconds: float) -> None:
        """Let time pass. Raises Stopped when the whole run is to end."""
        if self.stop.wait(max(0.0, seconds)):
            raise Stopped

    def since_when(self, replicas: int) -> float:
        """Since when spec.replicas stands at that number; now where it does not."""
        at, last = self.lowered[-1] if self.lowered else (0.0, None)
        return at if last == replicas else time.time()

    def look(self) -> None:
        """Look once."""
        now, there = time.time(), dict(self.pods.there)
        replicas = _replicas(self.client, self.namespace, self.deployment)
        if not self.lowered or self.lowered[-1][1] != replicas:
            self.lowered.append((now, replicas))
        self.sight = Sight(now, replicas, there, self.heard.reports)
        if now - self.heard.at < deafness.UNHEARD_SECONDS:  # else it is the ear that is deaf
            beats = dict(self.heard.beats)
            self.deaf.look(now, deafness.deaf(there, beats, QUEUE, now))
            self.without_queues.look(now, deafness.without_queues(there, beats, QUEUE, now))

    def _check(self) -> None:
        now = time.time()
        assert now - self.sight.at < BLIND_SECONDS, "the API server has not answered for a minute"
        assert now - max(self.heard.at, self._began) < BLIND_SECONDS, "nothing was heard from the client's pod"

    def __post_init__(self) -> None:
        self._began = time.time()


@contextmanager
def watching(
    kubectl: Kubectl, subject: Subject, prefix: str, say: Callable[[str], None], stop: Event
) -> Iterator[Watcher]:
    """Watch the workers of a namespace, and the reports whose ids begin like that."""
    client: ApiClient = config.new_client_from_config(context=kubectl.context)  # type: ignore[no-untyped-call]
    with (
        client,
        ear.listening(kubectl, prefix) as heard,
        pods.followed(client, kubectl.namespace, subject.selector) as there,
    ):
        watcher, over = Watcher(client, kubectl.namespace, subject.deployment, heard, there, say, stop), Event()
        thread = Thread(target=_look_until_over, args=(watcher, over), name=f"watcher-{kubectl.namespace}")
        thread.start()
        try:
            yield watcher
        finally:
            over.set()
            thread.join()


def _look_until_over(watcher: Watcher, over: Event) -> None:
    while not over.wait(LOOK_SECONDS):
        try:
            watcher.look()
        except (ApiException, HTTPError, OSError):
            over.wait(1)


def _replicas(client: ApiClient, namespace: str, deployment: str) -> int | None:
    try:
        scale: Any = AppsV1Api(client).read_namespaced_deployment_scale(deployment, namespace, _request_timeout=10)
    except ApiException as error:
        if error.status == 404:
            return None
        raise
    return int(scale.spec.replicas or 0)
