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

SILENT_SECONDS = 180.0
"""Longer than Kopf takes to notice a dead connection and to make another, and than 1,000 pools take to be told of."""
ASK_SECONDS = 2.0
"""The kubelet waits five for the probe's answer."""

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
        self._awaited: dict[tuple[str, str], _Change] = {}

    def changed(self, manifest: Manifest) -> None:
        """A write was answered with a version of the object that was not known."""
        metadata = manifest["metadata"]
        self._awaited.setdefault(_watch(manifest), _Change(metadata["name"], metadata["uid"], self._clock()))

    def told(self, manifest: Manifest) -> None:
        """A watch has told of the object: it tells of others, too."""
        self._awaited.pop(_watch(manifest), None)

    async def missing(self) -> str:
        """What no watch has told for too long, in words; empty where nothing is missing, or nobody can say."""
        for (kind, namespace), change in tuple(self._awaited.items()):
            seconds = self._clock() - change.at
            if seconds >= SILENT_SECONDS and await self._is_there(kind, namespace, change):
                words = f"no watch has told of {kind} {namespace}/{change.name}, changed {seconds:.0f} s ago"
                log.error("%s: the liveness probe fails, and the operator is started anew", words)
                return words
        return ""

    async def _is_there(self, kind: str, namespace: str, change: _Change) -> bool:
        """A deletion while a watch was cut is never told, and was no silence."""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                found = await self._api.get(KINDS[kind], namespace, change.name)
        except (ApiError, TimeoutError):
            return False
        if found is not None and found["metadata"]["uid"] == change.uid:
            return True
        self._awaited.pop((kind, namespace), None)
        return False


def _watch(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["namespace"]
