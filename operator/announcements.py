"""Whether the watches still tell: what a write has changed has to come by the watch of its kind, too.

Kopf makes a watch anew that has brought nothing for 70 s, not even a bookmark (kopf 1.45, watching.inactivity_timeout).
That cures connections that died without a word, and a watcher that fails ends the process. What would be left is one
that hangs, in a process that is otherwise well: pools would be changed and nobody would see it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from revrx_operator.kubeapi import KINDS, ApiError, KubeApi
from revrx_operator.model import Manifest

OWED_SECONDS = 60.0
"""After so long without a word of a change the API server is asked whether its object is there."""
SILENT_SECONDS = 120.0
"""From then on, while the API server answers; Kopf takes less to notice a dead connection and to make another."""
ASK_SECONDS = 2.0
"""The kubelet waits five for the probe's answer."""

Watch = tuple[str, str]
"""Kind and namespace. One watch may serve all namespaces; what it tells of one of them is enough for that one."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Change:
    """The first one since the watch told anything; ``at`` is in seconds by the monotonic clock."""

    name: str
    uid: str
    at: float


class Announcements:
    """The changes of which no watch has told yet, by kind and namespace."""

    def __init__(self, api: KubeApi, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._awaited: dict[Watch, _Change] = {}
        self._found: dict[Watch, float] = {}
        """Since when the API server has said, at each time of asking, that the object of the change is there."""

    def changed(self, manifest: Manifest) -> None:
        """A write was answered with a version of the object that was not known."""
        metadata = manifest["metadata"]
        self._awaited.setdefault(_watch(manifest), _Change(metadata["name"], metadata["uid"], self._clock()))

    def told(self, manifest: Manifest) -> None:
        """A watch has told of the object: it tells of others, too."""
        self._forget(_watch(manifest))

    async def missing(self) -> str:
        """What no watch has told for too long, in words; empty where nothing is missing, or nobody can say."""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self._missing()
        except (ApiError, TimeoutError):
            self._found.clear()  # the API server is away, and its watches with it
            return ""

    async def _missing(self) -> str:
        for watch, change in tuple(self._awaited.items()):
            now = self._clock()
            if now - change.at < OWED_SECONDS or not await self._is_there(watch, change):
                continue
            if now - self._found.setdefault(watch, now) >= SILENT_SECONDS:
                kind, namespace = watch
                words = f"no watch has told of {kind} {namespace}/{change.name}, changed {now - change.at:.0f} s ago"
                log.error("%s: the liveness probe fails", words)
                return words
        return ""

    async def _is_there(self, watch: Watch, change: _Change) -> bool:
        """A deletion while a watch was cut is never told, and was no silence."""
        kind, namespace = watch
        found = await self._api.get(KINDS[kind], namespace, change.name)
        if self._awaited.get(watch) is not change:  # it was told of meanwhile
            return False
        if found is None or found["metadata"]["uid"] != change.uid:
            self._forget(watch)
            return False
        return True

    def _forget(self, watch: Watch) -> None:
        self._awaited.pop(watch, None)
        self._found.pop(watch, None)


def _watch(manifest: Manifest) -> Watch:
    return manifest["kind"], manifest["metadata"]["namespace"]
