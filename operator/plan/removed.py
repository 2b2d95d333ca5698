"""Worker groups that the spec no longer has: their workers finish, then their children go."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from revrx_operator.api import GROUP_LABEL
from revrx_operator.model import (
    ClusterView,
    GroupReading,
    GroupSnapshot,
    Manifest,
    ObjectKey,
    PoolMemory,
    PoolSnapshot,
    Reason,
    Scale,
)
from revrx_operator.plan.children import is_flowers, is_ours, workload_of
from revrx_operator.plan.retirement import Retirement, retire
from revrx_operator.resources.names import child_name

DELETION_ORDER = ("HorizontalPodAutoscaler", "PodDisruptionBudget", "Deployment")
"""The autoscaler goes first, or it would act on its dying target."""
REMOVED = Reason("GroupRemoved", "the group is gone from the spec")


@dataclass(frozen=True, slots=True)
class Removal:
    """What one run does to a group that is to go."""

    group: str
    deletes: tuple[ObjectKey, ...]
    scale: Scale | None = None
    retirement: Retirement | None = None
    """None where nothing is left to drain."""


def plan_removals(snapshot: PoolSnapshot, memory: PoolMemory) -> Sequence[Removal]:
    """What to do to each group whose children are ours and which the spec no longer has."""
    view = snapshot.view
    if view.spec is None:
        return ()
    wanted = {child_name(view.key.name, group.name) for group in view.spec.workers}
    removed: defaultdict[str, list[Manifest]] = defaultdict(list)
    for child in view.children:
        if _is_a_groups(child, view) and child["metadata"]["name"] not in wanted:
            removed[child["metadata"]["name"]].append(child)
    return [_removal(snapshot, children, memory) for children in removed.values()]


def _is_a_groups(child: Manifest, view: ClusterView) -> bool:
    return is_ours(child, view) and child["kind"] in DELETION_ORDER and not is_flowers(child, view)


def _removal(snapshot: PoolSnapshot, children: Sequence[Manifest], memory: PoolMemory) -> Removal:
    deployment = next((child for child in children if child["kind"] == "Deployment"), None)
    keys = _in_order(children)
    if deployment is None:
        return Removal("", keys)
    group = str(deployment["metadata"].get("labels", {}).get(GROUP_LABEL, ""))
    if deployment["spec"]["replicas"] == 0 or _is_overdue(snapshot, group, deployment):
        return Removal(group, keys)
    autoscaler = tuple(key for key in keys if key.kind == DELETION_ORDER[0])
    return _drained(snapshot, group, deployment, autoscaler, memory)


def _drained(
    snapshot: PoolSnapshot, group: str, deployment: Manifest, deletes: tuple[ObjectKey, ...], memory: PoolMemory
) -> Removal:
    """Its queues are read by nobody any more, but its workers can be asked."""
    workload = workload_of(deployment, None)
    spec = snapshot.view.spec
    paused = spec is not None and spec.paused and not spec.drained
    state, pods = snapshot.reading.state, snapshot.view.pods.get(group)
    retirement = retire(
        GroupSnapshot(snapshot.now, state, workload, GroupReading(), pods),
        workload.replicas if paused else 0,
        name=group,
        queues=_queues(deployment),
        cancelled=memory.cancelled,
        memory=memory.retirement_of(group),
        drains=not paused,
    )
    name, current = deployment["metadata"]["name"], workload.replicas
    scale = Scale(group, name, current, retirement.replicas, REMOVED) if retirement.replicas < current else None
    return Removal(group, deletes, scale, retirement)


def _is_overdue(snapshot: PoolSnapshot, group: str, deployment: Manifest) -> bool:
    """A worker that does not finish within its grace period, or cannot be asked, is shut down warm after it."""
    marked = [pod.retiring_since for pod in snapshot.view.pods.get(group, ()) if pod.retiring_since is not None]
    grace = _pod_spec(deployment).get("terminationGracePeriodSeconds", 30)
    return bool(marked) and snapshot.now - min(marked) > grace


def _queues(deployment: Manifest) -> tuple[str, ...]:
    """The queues on the command line of its workers."""
    for container in _pod_spec(deployment)["containers"]:
        arguments = container.get("args") or []
        if "-Q" in arguments[:-1]:
            return tuple(arguments[arguments.index("-Q") + 1].split(","))
    return ()


def _pod_spec(deployment: Manifest) -> Manifest:
    spec: Manifest = deployment["spec"]["template"]["spec"]
    return spec


def _in_order(children: Iterable[Manifest]) -> tuple[ObjectKey, ...]:
    keys = [ObjectKey(child["kind"], child["metadata"]["name"]) for child in children]
    return tuple(sorted(keys, key=lambda key: DELETION_ORDER.index(key.kind)))


def retirements(removals: Iterable[Removal]) -> Iterator[tuple[str, Retirement]]:
    """By group, those that still drain."""
    return ((removal.group, removal.retirement) for removal in removals if removal.retirement is not None)
