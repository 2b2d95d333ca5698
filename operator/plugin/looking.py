"""The numbers of pools: what the operator says now, and from the status where it does not say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from revrx_operator.explain.operators import Unanswered, all_answers
from revrx_operator.explain.summary import GroupSummary, Summary, from_status
from revrx_operator.kubeapi import POOL
from revrx_operator.model import Manifest
from revrx_operator.plugin.session import Session, told


@dataclass(frozen=True, slots=True)
class Scope:
    """Which pools."""

    name: str | None = None
    """One pool; None is all that the rest allows."""
    all_namespaces: bool = False
    selector: str = ""
    operator_namespace: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Groups at one moment, in the order of their names."""

    at: datetime
    groups: tuple[GroupSummary, ...]
    note: str = ""
    """Why numbers are those of the status, where any are."""


async def look(here: Session, scope: Scope) -> Look:
    """Raises ClickException where the pools themselves cannot be read."""
    pools = await _pools(here, scope)
    if not pools:
        return Look(datetime.now(UTC), ())
    path = "/summary" if scope.all_namespaces else f"/summary/{here.namespace}"
    try:
        live, note = await _live(here, scope.operator_namespace, path), ""
    except Unanswered as error:
        live, note = [], str(error)
    groups, missing = _merged(pools, live)
    if missing and not note:
        note = f"no operator knows {', '.join(missing)} yet"
    return Look(datetime.now(UTC), groups, note)


async def _pools(here: Session, scope: Scope) -> list[Manifest]:
    if scope.name is not None:
        return [await here.pool(scope.name)]
    namespace = "" if scope.all_namespaces else here.namespace
    with told("list", POOL, namespace):
        return await here.api.list(POOL, namespace, scope.selector)


async def _live(here: Session, operator_namespace: str, path: str) -> list[GroupSummary]:
    """Raises Unanswered."""
    answers = await all_answers(here.api, operator_namespace, path)
    try:
        return [group for _, answer in answers for group in Summary.model_validate(answer).groups]
    except ValidationError as error:
        raise Unanswered("the operator answers something else; take the plugin of its version") from error


def _merged(pools: Iterable[Manifest], live: Iterable[GroupSummary]) -> tuple[tuple[GroupSummary, ...], list[str]]:
    """The groups of these pools, and the pools of which only the status tells."""
    known: dict[tuple[str, str], list[GroupSummary]] = {}
    for group in live:
        known.setdefault((group.namespace, group.pool), []).append(group)
    groups: list[GroupSummary] = []
    missing = []
    for pool in sorted(pools, key=_key):
        found = known.get(_key(pool))
        groups += found or from_status(pool)
        if not found:
            missing.append("/".join(_key(pool)))
    return tuple(groups), missing


def _key(pool: Manifest) -> tuple[str, str]:
    return pool["metadata"]["namespace"], pool["metadata"]["name"]
