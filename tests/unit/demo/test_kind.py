from typing import Any

import pytest

from tools.demo.kind import reading
from tools.demo.stage import Reading, StageError

STATUS = {"reason": "Idle", "groups": [{"message": "nothing waits"}]}
POOL: dict[str, Any] = {"kind": "ReportWorkerPool", "metadata": {"name": "reports"}, "status": STATUS}


def pod(*, ready: bool, labels: dict[str, str] | None = None, **metadata: Any) -> dict[str, Any]:
    conditions = [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": str(ready)}]
    metadata["labels"] = {"revrx.io/pool": "reports"} if labels is None else labels
    return {"kind": "Pod", "metadata": metadata, "status": {"conditions": conditions}}


def test_pods_and_rows_give_a_reading() -> None:
    ending = pod(ready=True, deletionTimestamp="2026-11-22T12:00:00Z")
    items = [POOL, pod(ready=True), pod(ready=False), ending, pod(ready=True, labels={"app": "redis"})]
    now = reading(items, {"queued": "120", "running": "8", "completed": "70", "failed": "2"})
    assert now == Reading(
        replicas=3, ready=1, waiting=120, running=8, completed=70, failed=2, reason="Idle", message="nothing waits"
    )


def test_a_new_pool_has_no_reports_and_no_reason_yet() -> None:
    fresh = {"kind": "ReportWorkerPool", "metadata": {"name": "reports"}}
    assert reading([fresh], {}) == Reading(0, 0, 0, 0, 0, 0, "", "")


def test_a_pool_that_somebody_deleted_ends_the_demo() -> None:
    with pytest.raises(StageError, match="the pool has been deleted"):
        reading([pod(ready=True)], {})
