"""Reading the live children of a pool: whose they are, and what a Deployment and its HPA say about the replicas."""

import re
from collections.abc import Iterable

from revrx_operator.api import GROUP_LABEL, OPERATOR_MANAGER
from revrx_operator.model import ClusterView, CpuUsage, Manifest, Workload
from revrx_operator.objects import controller_uid, find, find_condition, has_condition, owns_replicas
from revrx_operator.resources.names import flower_name
from revrx_operator.resources.secrets_annotation import secrets_of


def is_ours(child: Manifest, view: ClusterView) -> bool:
    """Whether this very pool, not an earlier one of its name, controls the object."""
    return controller_uid(child) == str(view.pool["metadata"]["uid"])


def is_flowers(child: Manifest, view: ClusterView) -> bool:
    """Whether the object is Flower's: it has the name, and is no worker group's."""
    metadata = child["metadata"]
    return metadata["name"] == flower_name(view.key.name) and GROUP_LABEL not in metadata.get("labels", {})


def name_conflict(view: ClusterView, name: str, kinds: Iterable[str]) -> str:
    """Names the object of somebody else that has the name of a child; empty where there is none."""
    for kind in kinds:
        child = find(view.children, kind, name)
        if child and not is_ours(child, view):
            return f"{kind} {name} exists and belongs to somebody else"
    return ""


def secrets_digest(digest: str | None, view: ClusterView, name: str) -> str:
    """What the pods of a Deployment take from Secrets; what they took, while some of it is missing: nobody could start
    with that."""
    return secrets_of(find(view.children, "Deployment", name)) if digest is None else digest


def workload_named(view: ClusterView, name: str) -> Workload | None:
    """What runs under the name that the children of a group share; None while there is no Deployment."""
    deployment = find(view.children, "Deployment", name)
    return workload_of(deployment, find(view.children, "HorizontalPodAutoscaler", name)) if deployment else None


def workload_of(deployment: Manifest, hpa: Manifest | None) -> Workload:
    """What a Deployment and its HPA say about the replicas of a group."""
    status = deployment.get("status", {})
    replicas = deployment["spec"].get("replicas", 1)
    return Workload(
        replicas=replicas,
        existing=status.get("replicas", 0),
        ready=status.get("readyReplicas", 0),
        rolling=_is_rolling(deployment),
        cpu=_cpu_usage(hpa, replicas) if hpa else None,
        memory_percent=_utilization(hpa, "memory") if hpa else None,
        autoscaler_raises=_raises(hpa) if hpa else True,
        replicas_handed_over=replicas_are_handed_over(deployment),
        pods_refused=_pods_refused(status),
    )


LONGEST_REFUSAL = 500
"""Characters. A webhook may say a lot, and a condition says it for each group."""


def _pods_refused(status: Manifest) -> str:
    """By a quota or Pod Security, which judge pods and no Deployments. Each try has another name, which is left out."""
    failure = find_condition(status, "ReplicaFailure")
    if failure is None or failure["status"] != "True":
        return ""
    said = re.sub(r'pods "[^"]*"', "a pod", str(failure.get("message", "")))
    return said if len(said) <= LONGEST_REFUSAL else f"{said[: LONGEST_REFUSAL - 1]}…"


def _is_rolling(deployment: Manifest) -> bool:
    """More than one ReplicaSet has pods, or the controller has not seen the newest generation.

    ``updatedReplicas`` counts the pods of the newest ReplicaSet (Kubernetes, apps/v1 DeploymentStatus).
    """
    status = deployment.get("status", {})
    if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0):
        return True
    return bool(status.get("updatedReplicas", 0) < status.get("replicas", 0))


def _cpu_usage(hpa: Manifest, replicas: int) -> CpuUsage | None:
    """CPU of the HPA's last look; None unless it saw the replicas that run now."""
    percent = _utilization(hpa, "cpu")
    if percent is None or hpa["status"].get("currentReplicas") != replicas:
        return None
    return CpuUsage(percent=percent, replicas=replicas)


def _utilization(hpa: Manifest, resource: str) -> int | None:
    """Mean over the pods in percent of the request, as of the HPA's last look; None unless the HPA is in force.

    ScalingActive is False where metrics are missing, and while the replicas are 0; the numbers then are old ones.
    """
    status = hpa.get("status", {})
    if not has_condition(status, "ScalingActive"):
        return None
    for metric in status.get("currentMetrics") or []:
        measured = metric.get("resource") or {}
        percent = (measured.get("current") or {}).get("averageUtilization")
        if measured.get("name") == resource and percent is not None:
            return int(percent)
    return None


def _raises(hpa: Manifest) -> bool:
    scale_up = hpa["spec"].get("behavior", {}).get("scaleUp", {})
    return bool(scale_up.get("selectPolicy") != "Disabled")


def replicas_are_handed_over(deployment: Manifest) -> bool:
    """Whether an apply without spec.replicas would leave the number alone.

    It does unless the manager that applies the Deployment is the only owner of the field: then the API server would
    fall back to the default of 1 (Kubernetes, server-side apply, "Transferring ownership").
    """
    managers = [entry["manager"] for entry in deployment["metadata"].get("managedFields", []) if owns_replicas(entry)]
    return managers != [OPERATOR_MANAGER]
