"""Writing what is worth an event to the cluster, where ``kubectl get events`` shows it."""

import logging
import secrets
import socket
from collections.abc import Iterable
from datetime import UTC, datetime

from revrx_operator.api import GROUP, KIND
from revrx_operator.kubeapi import EVENT, ApiError, KubeApi
from revrx_operator.model import ClusterView, Manifest, PoolEvent

log = logging.getLogger(__name__)

CONTROLLER = f"{GROUP}/operator"
LONGEST_NOTE = 1024
"""Bytes of an Event's note (Kubernetes 1.37, pkg/apis/core/validation/events.go, NoteLengthLimit)."""


async def write_events(api: KubeApi, view: ClusterView, events: Iterable[PoolEvent]) -> None:
    """Write the events of a pool. What cannot be written is let go: the status says it, too."""
    for event in events:
        try:
            await api.create(EVENT, event_manifest(event, view))
        except ApiError as error:
            log.warning("%s: the event %s cannot be written: %s", view.key, event.reason.code, error)
            return


def event_manifest(event: PoolEvent, view: ClusterView) -> Manifest:
    """The Event as the API server takes it."""
    pool = view.pool["metadata"]
    return {
        "apiVersion": EVENT.api_version,
        "kind": EVENT.name,
        "metadata": {"namespace": view.key.namespace, "name": f"{view.key.name}.{secrets.token_hex(8)}"},
        "eventTime": datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "type": event.type,
        "action": event.action,
        "reason": event.reason.code,
        "note": _shortened(event.reason.message),
        "regarding": {
            "apiVersion": view.pool["apiVersion"],
            "kind": KIND,
            "namespace": view.key.namespace,
            "name": view.key.name,
            "uid": pool["uid"],
        },
        "reportingController": CONTROLLER,
        "reportingInstance": socket.gethostname(),
    }


def _shortened(text: str) -> str:
    whole, end = text.encode(), "…"
    if len(whole) <= LONGEST_NOTE:
        return text
    return whole[: LONGEST_NOTE - len(end.encode())].decode(errors="ignore") + end
