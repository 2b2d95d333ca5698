"""What ``/summary`` answers and ``top`` shows: each worker group in a few numbers."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from revrx_operator.api.spec import Scaling
from revrx_operator.explain.report import Entry
from revrx_operator.model import Manifest
from revrx_operator.objects import find_condition


class GroupSummary(Entry):
    """One worker group now. The names are those of the status; None is what nobody knows."""

    namespace: str
    pool: str
    group: str
    waiting: int | None = None
    running: int | None = None
    oldest_enqueued_at: AwareDatetime | None = None
    """When the task that has waited longest was sent; None where none waits, too."""
    busy_replicas: int | None = None
    replicas: int = 0
    ready_replicas: int = 0
    desired_replicas: int | None = None
    max_replicas: int | None = None
    """The ceiling in force: that of the spec, or of an open window."""
    reason: str = ""
    message: str = ""
    source: Literal["operator", "status"] = "operator"
    """Who says so: the operator, at this moment, or the status, which may be 15 s old."""


class Summary(Entry):
    """Groups of pools, in no order."""

    at: datetime
    groups: tuple[GroupSummary, ...]


def from_status(pool: Manifest) -> tuple[GroupSummary, ...]:
    """What the stored pool says of its groups, those included that have no status yet."""
    written = {group["name"]: group for group in pool.get("status", {}).get("groups", [])}
    groups = {group["name"]: group for group in pool["spec"].get("workers", [])}
    return tuple(_group(pool, name, written.get(name, {}), group) for name, group in groups.items())


def _group(pool: Manifest, name: str, written: Manifest, group: Manifest) -> GroupSummary:
    metadata = pool["metadata"]
    return GroupSummary.model_validate(
        {name: value for name, value in written.items() if name not in {"name", "lastScaleTime"}}
        | {"namespace": metadata["namespace"], "pool": metadata["name"], "group": name, "source": "status"}
        | {"maxReplicas": group.get("scaling", {}).get("maxReplicas", Scaling().max_replicas)}
        | ({} if written else _without_status(pool))
    )


def _without_status(pool: Manifest) -> dict[str, str]:
    """Why the operator has said nothing of a group yet."""
    ready = find_condition(pool.get("status", {}), "Ready")
    if ready is None or ready["status"] != "False":
        return {}
    return {"reason": ready["reason"], "message": ready["message"]}
