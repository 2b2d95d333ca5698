"""The conditions of a pool, a file each: whether they hold, why, and what to do about it."""

from dataclasses import dataclass

from revrx_operator.model import ClusterView, Manifest
from revrx_operator.objects import find_condition


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition before it has a time; the shape is metav1.Condition's."""

    type: str
    holds: bool | None
    """None is Unknown."""
    reason: str
    message: str


def stamp(condition: Condition, view: ClusterView, now: str) -> Manifest:
    """The condition as the status has it; its transition time moves only when its status does."""
    status = {True: "True", False: "False", None: "Unknown"}[condition.holds]
    earlier = standing(view, condition.type)
    unchanged = earlier is not None and earlier["status"] == status
    return {
        "type": condition.type,
        "status": status,
        "reason": condition.reason,
        "message": condition.message,
        "lastTransitionTime": earlier["lastTransitionTime"] if earlier and unchanged else now,
        "observedGeneration": view.pool["metadata"].get("generation", 0),
    }


def standing(view: ClusterView, name: str) -> Manifest | None:
    """The condition of that type as the status has it; None where it has none."""
    return find_condition(view.pool.get("status", {}), name)
