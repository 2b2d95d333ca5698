"""What is worth an event: replicas that change, and a condition that turns for the worse or back.

The texts are the status's own. What is merely on its way, such as replicas that start, is told by the status alone.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from revrx_operator.model import Manifest, PoolEvent, Reason, Scale

WORRYING = {
    "Ready": "False",
    "BrokerReachable": "False",
    "ScalingActive": "False",
    "MemoryAboveTarget": "True",
    "FlowerReady": "False",
    "QueueShared": "True",
}
"""The status of each condition that people should hear of."""
NO_NEWS = frozenset(
    {
        ("Ready", "ReplicasNotReady"),
        ("FlowerReady", "Starting"),
        # Another condition is told that says more.
        ("ScalingActive", "BrokerUnreachable"),
        ("ScalingActive", "InvalidSpec"),
    }
)
WANTED = frozenset({("ScalingActive", "Paused"), ("ScalingActive", "Drained"), ("FlowerReady", "Stopped")})
"""Worrying only to somebody who does not know that it was asked for."""


def events_of(scales: Iterable[Scale], written: Manifest, status: Manifest, now: float) -> tuple[PoolEvent, ...]:
    """The events of a run that scales and turns the status that was written into a new one."""
    groups = {group["name"]: group for group in status["groups"]}
    scaled = (_scaled(scale, groups[scale.group], now) for scale in scales)
    return (*scaled, *_turned(_by_type(written), _by_type(status), now))


def _scaled(scale: Scale, group: Manifest, now: float) -> PoolEvent:
    text = f"group {scale.group}: {scale.current} → {scale.replicas} replicas; {group['message']}"
    return PoolEvent(now, "Normal", "Scale", Reason(group["reason"], text))


def _by_type(status: Manifest) -> Mapping[str, Manifest]:
    return {condition["type"]: condition for condition in status.get("conditions", [])}


def _turned(before: Mapping[str, Manifest], after: Mapping[str, Manifest], now: float) -> Iterable[PoolEvent]:
    for name in WORRYING:
        condition = after.get(name)
        if condition is not None and (kind := _kind(condition, before.get(name))):
            yield PoolEvent(now, kind, "Check", Reason(condition["reason"], condition["message"]))


def _kind(condition: Manifest, earlier: Manifest | None) -> Literal["Normal", "Warning"] | None:
    """Whether the condition has turned, and how bad that is."""
    was = earlier is not None and _worries(earlier)
    if not _worries(condition):
        return "Normal" if was and condition["status"] != "Unknown" else None
    if was and earlier is not None and earlier["reason"] == condition["reason"]:
        return None
    return "Normal" if (condition["type"], condition["reason"]) in WANTED else "Warning"


def _worries(condition: Manifest) -> bool:
    key = (condition["type"], condition["reason"])
    return condition["status"] == WORRYING[condition["type"]] and key not in NO_NEWS
