import re

import pytest

from revrx_operator.apply.events import event_manifest, write_events
from revrx_operator.kubeapi import ApiError, Kind
from revrx_operator.model import ClusterView, Manifest, PoolEvent, PoolKey, Reason
from tests.unit.plan.builders import pool_manifest

VIEW = ClusterView(PoolKey("revrx", "revrx-celery"), pool_manifest(), None)
EVENT = PoolEvent(1_700_000_000.25, "Normal", "Scale", Reason("QueueDepth", "group worker: 2 → 5 replicas"))


class CreatingApi:
    """Stands for KubeApi: keeps what is created, or refuses it."""

    def __init__(self, error: ApiError | None = None) -> None:
        self.created: list[Manifest] = []
        self.asked = 0
        self._error = error

    async def create(self, kind: Kind, manifest: Manifest) -> None:
        self.asked += 1
        if self._error:
            raise self._error
        self.created.append(manifest)


def test_an_event_regards_the_pool_and_names_the_operator() -> None:
    manifest = event_manifest(EVENT, VIEW)

    assert re.fullmatch(r"revrx-celery\.[0-9a-f]{16}", manifest["metadata"]["name"])
    assert manifest["regarding"] == {
        "apiVersion": "revrx.io/v1alpha1",
        "kind": "ReportWorkerPool",
        "namespace": "revrx",
        "name": "revrx-celery",
        "uid": "pool-uid",
    }
    assert (manifest["type"], manifest["action"], manifest["reason"]) == ("Normal", "Scale", "QueueDepth")
    assert manifest["note"] == "group worker: 2 → 5 replicas"
    assert manifest["eventTime"] == "2023-11-14T22:13:20.250000Z"
    assert manifest["reportingController"] == "revrx.io/operator"


def test_a_note_is_cut_at_what_an_event_holds_in_bytes() -> None:
    long = PoolEvent(0.0, "Warning", "Check", Reason("Refused", "→" * 1000))

    note = event_manifest(long, VIEW)["note"]

    assert len(note.encode()) <= 1024
    assert note.startswith("→" * 340)
    assert note.endswith("…")


async def test_each_event_is_created_once() -> None:
    api = CreatingApi()

    await write_events(api, VIEW, (EVENT, EVENT))  # type: ignore[arg-type]

    assert [manifest["reason"] for manifest in api.created] == ["QueueDepth", "QueueDepth"]
    assert len({manifest["metadata"]["name"] for manifest in api.created}) == 2


async def test_an_event_that_cannot_be_written_fails_no_run_and_is_not_pressed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    api = CreatingApi(ApiError(403, "events are forbidden"))

    await write_events(api, VIEW, (EVENT, EVENT))  # type: ignore[arg-type]

    assert api.asked == 1
    assert "revrx/revrx-celery: the event QueueDepth cannot be written: events are forbidden" in caplog.text
