"""What the operator has made of the resources that the API server took."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from revrx_operator.kubeapi import CHILDREN, FLOWER_CHILDREN, GROUP_CHILDREN, POOL
from revrx_operator.objects import controller_uid
from revrx_operator.resources.names import child_name, flower_name
from tests.fuzz.api import Api
from tests.fuzz.judging import Told

SETTLE_SECONDS = 40.0
POLL_SECONDS = 0.5
MADE = "made, all children of each group"
OF_GROUP = frozenset(kind.name for kind in GROUP_CHILDREN)
OF_FLOWER = frozenset(kind.name for kind in FLOWER_CHILDREN)
OF_THE_POOL = frozenset({"InvalidSpec", "SecretMissing", "BrokerUrlInvalid", "BrokerCaInvalid"})
"""Reasons for which no group is made."""
OF_A_GROUP = frozenset({"NameConflict", "Refused"})
"""Reasons whose message names the groups that are not made."""

WITHOUT_FLOWER = OF_THE_POOL | OF_A_GROUP | {"LoginInvalid"}

Children = Mapping[str, Mapping[str, frozenset[str]]]
"""By UID of the pool and name of the child, the kinds that are there."""


@dataclass(frozen=True)
class Taken:
    """A resource that the API server took."""

    namespace: str
    pool: dict[str, Any]
    uid: str
    told: Told


class Outcome(NamedTuple):
    """What became of it."""

    reason: str
    fault: str = ""
    """What is wrong with that; empty where nothing is."""


def outcomes(api: Api, taken: Iterable[Taken]) -> list[tuple[Taken, Outcome]]:
    """Wait until the operator has said something about each, and look at what is there."""
    deadline, waiting = time.monotonic() + SETTLE_SECONDS, list(taken)
    settled: list[tuple[Taken, Outcome]] = []
    while waiting:
        pools = {pool["metadata"]["uid"]: pool for pool in api.list(POOL)}
        children = _children(api)
        found = [(one, outcome(one, pools.get(one.uid, {}), children.get(one.uid, {}))) for one in waiting]
        is_late = time.monotonic() > deadline
        settled += [(one, out) for one, out in found if is_late or not out.fault]
        waiting = [one for one, out in found if out.fault and not is_late]
        if waiting:
            time.sleep(POLL_SECONDS)
    return settled


def _children(api: Api) -> Children:
    kinds: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for kind in CHILDREN:
        for child in api.list(kind):
            kinds[str(controller_uid(child))][child["metadata"]["name"]].add(kind.name)
    return {uid: {name: frozenset(found) for name, found in names.items()} for uid, names in kinds.items()}


def outcome(one: Taken, stored: Mapping[str, Any], children: Mapping[str, frozenset[str]]) -> Outcome:
    """Whether each group is made whole, or not at all and the condition says why."""
    status = stored.get("status", {})
    ready = next((entry for entry in status.get("conditions", []) if entry["type"] == "Ready"), None)
    if ready is None:
        return Outcome("no status", "the operator says nothing about it")
    reason = ready["reason"] if ready["reason"] in OF_THE_POOL | OF_A_GROUP else MADE
    if reason == "InvalidSpec":
        return Outcome(reason, _unforeseen(one, ready["message"]))
    name = one.pool["metadata"]["name"]
    faults = [_fault(child_name(name, group["name"]), children, ready) for group in one.pool["spec"]["workers"]]
    faults.append(_flowers_fault(one.pool, children, status))
    return Outcome(reason, next(filter(None, faults), ""))


def _unforeseen(one: Taken, message: str) -> str:
    return "" if one.told.by_operator_only else f"the operator refuses what validate takes: {message}"


def _fault(name: str, children: Mapping[str, frozenset[str]], ready: Mapping[str, Any]) -> str:
    kinds, reason = children.get(name, frozenset()), ready["reason"]
    if kinds == OF_GROUP:
        return ""
    if kinds:
        return f"half made: of {name} there are {', '.join(sorted(kinds))}; {reason}: {ready['message']}"
    if reason in OF_THE_POOL or (reason in OF_A_GROUP and name in ready["message"]):
        return ""
    return f"nothing of {name} is there, and the condition does not say why; {reason}: {ready['message']}"


def _flowers_fault(pool: Mapping[str, Any], children: Mapping[str, frozenset[str]], status: Mapping[str, Any]) -> str:
    """Whether Flower is there whole, or not at all and its condition says why."""
    kinds = children.get(flower_name(pool["metadata"]["name"]), frozenset())
    if not pool["spec"].get("flower", {}).get("enabled"):
        return f"a Flower that nobody asked for: {', '.join(sorted(kinds))}" if kinds else ""
    told = next((entry["reason"] for entry in status["conditions"] if entry["type"] == "FlowerReady"), "nothing")
    if kinds == OF_FLOWER or (not kinds and told in WITHOUT_FLOWER):
        return ""
    return f"half made: of Flower there are {', '.join(sorted(kinds)) or 'none'}; FlowerReady: {told}"
