"""Whether an object that we would apply stands already, so that an unchanged pool costs no write."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from revrx_operator.model import Manifest

MERGE_KEYS = ("name", "type", "mountPath", "containerPort", "key")
"""Fields that identify an element of a list; the API server adds elements and sorts none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was applied, and how the API server then had it: with its own spelling of quantities and its defaults.

    Both as digests: of 1,000 pools the objects themselves would be a quarter of the operator's memory.
    """

    uid: str
    desired: bytes
    settled: bytes

    @classmethod
    def of(cls, desired: Manifest, answer: Manifest) -> "Standing":
        """Remember the answer to an apply."""
        return cls(answer["metadata"]["uid"], _digest(desired), _digest(project(answer, desired)))

    def holds(self, desired: Manifest, live: Manifest) -> bool:
        """Whether applying would change nothing: same wish as last time, and every field as it was answered."""
        same_object = live["metadata"]["uid"] == self.uid
        return same_object and _digest(desired) == self.desired and _digest(project(live, desired)) == self.settled


def _digest(value: Any) -> bytes:
    return blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).digest()


def project(live: Any, desired: Any) -> Any:
    """The part of a live value that the desired value speaks of; additions by others are left out."""
    if isinstance(desired, Mapping) and isinstance(live, Mapping):
        return {key: project(live.get(key), value) for key, value in desired.items()}
    if isinstance(desired, list) and isinstance(live, list):
        return _project_list(live, desired)
    return live


def _project_list(live: list[Any], desired: list[Any]) -> list[Any]:
    merge_key = next((key for key in MERGE_KEYS if all(isinstance(d, Mapping) and key in d for d in desired)), None)
    if merge_key is None or not desired:
        return live
    by_key = {item.get(merge_key): item for item in live if isinstance(item, Mapping)}
    return [project(by_key.get(item[merge_key]), item) for item in desired]
