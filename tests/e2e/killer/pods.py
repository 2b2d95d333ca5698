"""The workers' pods, followed by a watch, and when the deletion of each was asked for."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread
from typing import Any

from kubernetes.client import ApiClient, CoreV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tests.e2e.killer.sights import Deletion, Pod
from tests.e2e.kubectl import Manifest

RETIRING_LABEL = "revrx.io/retiring"
WATCH_SECONDS = 5
"""One watch follows on another, so that the last one ends soon after nobody needs it any more."""


@dataclass
class Pods:
    """What the watch has told so far."""

    there: dict[str, Pod] = field(default_factory=dict)
    deletions: dict[str, Deletion] = field(default_factory=dict)
    """By pod: the first time that its deletion was seen."""

    def take(self, kind: str, manifest: Manifest, at: float) -> None:
        """Take note of an event of the watch that came at that time."""
        name, pod = manifest["metadata"]["name"], pod_of(manifest)
        if pod.leaving or kind == "DELETED":
            self.deletions.setdefault(name, Deletion(name, asked_at(manifest, at), pod.template))
        if kind == "DELETED":
            self.there.pop(name, None)
        else:
            self.there[name] = pod

    def relist(self, manifests: list[Manifest], at: float) -> None:
        """Begin anew with what there is; what is gone was deleted while nobody watched."""
        listed = {manifest["metadata"]["name"] for manifest in manifests}
        for name in set(self.there) - listed:
            self.deletions.setdefault(name, Deletion(name, at, self.there.pop(name).template))
        for manifest in manifests:
            self.take("ADDED", manifest, at)


def pod_of(manifest: Manifest) -> Pod:
    """Read a pod."""
    metadata, conditions = manifest["metadata"], manifest.get("status", {}).get("conditions", [])
    labels = metadata.get("labels", {})
    return Pod(
        ready=any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions),
        leaving="deletionTimestamp" in metadata,
        retiring=RETIRING_LABEL in labels,
        template=labels.get("pod-template-hash", ""),
    )


def asked_at(manifest: Manifest, seen_at: float) -> float:
    """When the deletion was asked for: its timestamp, whole seconds, is when the grace period ends.

    Not earlier than it was, lest a task that had just ended counted as cut off; a second later at most.
    """
    metadata = manifest["metadata"]
    if "deletionTimestamp" not in metadata:
        return seen_at
    grace_ends: float = datetime.fromisoformat(metadata["deletionTimestamp"]).timestamp()
    grace_seconds: float = metadata.get("deletionGracePeriodSeconds", 0)
    return min(seen_at, grace_ends - grace_seconds + 1)


@contextmanager
def followed(client: ApiClient, namespace: str, selector: str) -> Iterator[Pods]:
    """Follow the pods that the selector matches."""
    pods, over = Pods(), Event()
    thread = Thread(target=_follow, args=(client, namespace, selector, pods, over), name=f"pods-{namespace}")
    thread.start()
    try:
        yield pods
    finally:
        over.set()
        thread.join()


def _follow(client: ApiClient, namespace: str, selector: str, pods: Pods, over: Event) -> None:
    version = ""
    while not over.is_set():
        try:
            version = _watch(client, namespace, selector, pods, version or _list(client, namespace, selector, pods))
        except (ApiException, HTTPError, OSError):
            version = ""
            over.wait(1)


def _list(client: ApiClient, namespace: str, selector: str, pods: Pods) -> str:
    """Take what there is; gives the version that a watch goes on from."""
    response: Any = CoreV1Api(client).list_namespaced_pod(namespace, label_selector=selector, _preload_content=False)
    found = json.loads(response.data)
    pods.relist(found["items"], time.time())
    return str(found["metadata"]["resourceVersion"])


def _watch(client: ApiClient, namespace: str, selector: str, pods: Pods, version: str) -> str:
    """Take what happens within the next seconds; gives the version to go on from, none where that is too old."""
    response: Any = CoreV1Api(client).list_namespaced_pod(
        namespace,
        label_selector=selector,
        resource_version=version,
        watch=True,
        timeout_seconds=WATCH_SECONDS,
        _preload_content=False,
        _request_timeout=(5, WATCH_SECONDS + 10),
    )
    try:
        for line in response:
            event = json.loads(line)
            if event["type"] == "ERROR":
                return ""
            pods.take(event["type"], event["object"], time.time())
            version = event["object"]["metadata"]["resourceVersion"]
    finally:
        response.close()
    return version
