"""The pods of worker groups that replicas are to be taken from, as the API server lists them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from revrx_operator.api import GROUP_LABEL, POOL_LABEL, RETIRING_LABEL
from revrx_operator.kubeapi import DELETION_COST, POD, KubeApi
from revrx_operator.model import ClusterView, Manifest, Pod, PoolMemory
from revrx_operator.objects import controller_uid, has_condition, has_ended
from revrx_operator.resources.deployment import WORKER_CONTAINER

STAGES = {"Pending": 1, "Unknown": 2, "Running": 3}


async def observe_pods(api: KubeApi, view: ClusterView, memory: PoolMemory) -> ClusterView:
    """The view with the pods of drained groups, and of those that the memory says to look at. Raises ApiError."""
    groups = set(_to_look_at(view, memory))
    if not groups:
        return view
    found: defaultdict[str, list[Pod]] = defaultdict(list)
    for manifest in await api.list(POD, view.key.namespace, f"{POOL_LABEL}={view.key.name}"):
        pod = read_pod(manifest)
        if pod is not None:
            found[manifest["metadata"]["labels"].get(GROUP_LABEL, "")].append(pod)
    return replace(view, pods={group: tuple(found[group]) for group in groups})


def _to_look_at(view: ClusterView, memory: PoolMemory) -> Iterator[str]:
    """Those that have a Deployment, also groups that the spec no longer has; and drained ones, however many pods a
    Deployment says that they have: it does not count those that are being deleted."""
    if view.spec is not None:
        yield from (group.name for group in view.spec.workers if view.spec.drains(group.name))
    for child in view.children:
        group = child["metadata"].get("labels", {}).get(GROUP_LABEL)
        if child["kind"] == "Deployment" and group and memory.retirement_of(group).look:
            yield group


def read_pod(manifest: Manifest) -> Pod | None:
    """The pod; None where no ReplicaSet counts it, because it has ended or belongs to nobody."""
    metadata, status = manifest["metadata"], manifest.get("status", {})
    replica_set = controller_uid(manifest)
    if replica_set is None or has_ended(manifest):
        return None
    return Pod(
        name=metadata["name"],
        uid=metadata["uid"],
        replica_set=replica_set,
        stage=STAGES[status.get("phase", "Pending")] if manifest.get("spec", {}).get("nodeName") else 0,
        ready=has_condition(status, "Ready"),
        may_hold_tasks=_has_started(status),
        restarts=sum(worker.get("restartCount", 0) for worker in _workers(status)),
        leaving="deletionTimestamp" in metadata,
        retiring_since=_number(metadata.get("labels", {}).get(RETIRING_LABEL)),
        deletion_cost=int(_number(metadata.get("annotations", {}).get(DELETION_COST)) or 0),
    )


def _has_started(status: Manifest) -> bool:
    """Whether the worker's container runs and its startup probe has passed; it has where there is no such probe."""
    return any(worker.get("started") and "running" in worker.get("state", {}) for worker in _workers(status))


def _workers(status: Manifest) -> Iterator[Manifest]:
    """The status of the one container that is the worker; nothing before the kubelet has told of it."""
    containers = status.get("containerStatuses") or ()
    return (container for container in containers if container["name"] == WORKER_CONTAINER)


def _number(text: str | None) -> float | None:
    """The number that a label or annotation holds. What is not one, somebody else wrote: it counts as the oldest."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return 0.0
