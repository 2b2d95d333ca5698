"""The workers of a drain that are still there: how many, what they run, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from revrx_operator.api import GROUP_LABEL
from revrx_operator.explain.columns import KUBECTL_GAP, UNKNOWN, aligned
from revrx_operator.explain.lookup import ask_operator
from revrx_operator.explain.operators import Unanswered
from revrx_operator.explain.summary import GroupSummary
from revrx_operator.kubeapi import KubeApi
from revrx_operator.model import Manifest, PoolKey
from revrx_operator.objects import has_ended
from revrx_operator.plugin.ages import age
from revrx_operator.plugin.looking import Scope, look
from revrx_operator.plugin.session import Session


@dataclass(frozen=True, slots=True)
class Left:
    """What keeps a drain from being over."""

    pool: Manifest
    pods: tuple[Manifest, ...]
    groups: tuple[GroupSummary, ...]
    seen: bool
    """Whether the operator has told what it does about this spec."""

    @property
    def is_nothing(self) -> bool:
        """Whether no worker is left, and the operator knows that none is to start."""
        return self.seen and not self.pods and not any(group.replicas for group in self.groups)

    @property
    def why(self) -> str:
        """Such as ``2 workers left, 5 tasks running``."""
        if not self.seen:
            return "the operator has not taken it up yet"
        running = [group.running for group in self.groups]
        tasks = "" if None in running else f", {sum(filter(None, running))} tasks running"
        blocked = [group.message for group in self.groups if group.reason not in {"Drained", "Retiring"}]
        return f"{len(self.pods)} workers left{tasks}{'; ' if blocked else ''}{'; '.join(blocked)}"


async def find_left(here: Session, pool: Manifest, group: str | None, operator_namespace: str) -> Left:
    """What is there now of the pool as it was when its drain was asked for. Raises ClickException."""
    metadata = pool["metadata"]
    now = await here.pool(metadata["name"])
    found = await look(here, Scope(metadata["name"], operator_namespace=operator_namespace))
    return Left(
        pool=now,
        pods=await _workers(here, metadata["name"], group),
        groups=tuple(entry for entry in found.groups if group in {None, entry.group}),
        seen=now.get("status", {}).get("observedGeneration", 0) >= metadata["generation"],
    )


async def _workers(here: Session, pool: str, group: str | None) -> tuple[Manifest, ...]:
    pods = await here.worker_pods(pool, group)
    return tuple(pod for pod in pods if not has_ended(pod))


async def report(here: Session, left: Left, operator_namespace: str) -> str:
    """A table of the workers that are left: where they are, since when, and what they hold."""
    key = PoolKey(here.namespace, left.pool["metadata"]["name"])
    held, now = await _held(here.api, key, operator_namespace), datetime.now(UTC)
    rows = [_row(pod, held, now) for pod in left.pods]
    return "\n".join(aligned([("POD", "GROUP", "NODE", "STATUS", "AGE", "HOLDS"), *rows], gap=KUBECTL_GAP))


async def _held(api: KubeApi, key: PoolKey, operator_namespace: str) -> Mapping[str, int | None]:
    """By pod, the tasks that its worker last said it holds; nothing where the operator cannot be asked."""
    try:
        explanation = await ask_operator(api, key, operator_namespace)
    except Unanswered:
        return {}
    return {worker.pod: worker.holds for group in explanation.groups for worker in group.retiring}


def _row(pod: Manifest, held: Mapping[str, int | None], now: datetime) -> tuple[str, ...]:
    metadata, status = pod["metadata"], pod.get("status", {})
    tasks = held.get(metadata["name"])
    born = datetime.fromisoformat(metadata["creationTimestamp"])
    return (
        metadata["name"],
        metadata.get("labels", {}).get(GROUP_LABEL, UNKNOWN),
        pod["spec"].get("nodeName", UNKNOWN),
        "Terminating" if "deletionTimestamp" in metadata else status.get("phase", UNKNOWN),
        age((now - born).total_seconds()),
        UNKNOWN if tasks is None else f"{tasks} tasks",
    )
