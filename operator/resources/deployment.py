"""The Deployment of a worker group."""

from typing import Any

from revrx_operator.api.spec import PoolSpec, WorkerGroup
from revrx_operator.model import Manifest
from revrx_operator.resources.command import COMMAND, celery_args
from revrx_operator.resources.environment import METRICS_PORT, worker_env
from revrx_operator.resources.names import child_labels, child_metadata, selector_labels
from revrx_operator.resources.probes import HEARTBEAT_DIRECTORY, worker_probes
from revrx_operator.resources.secrets_annotation import with_secrets
from revrx_operator.resources.strategic_merge import strategic_merge
from revrx_operator.resources.volumes import Mount, Volume, broker_ca

WORKER_CONTAINER = "worker"
HEARTBEAT_VOLUME = "revrx"


def build_deployment(
    pool: Manifest, spec: PoolSpec, group: WorkerGroup, replicas: int | None = None, secrets: str = ""
) -> dict[str, Any]:
    """The Deployment of ``group``, without spec.replicas unless given: only a new one carries it.

    ``secrets`` is a digest of what the workers take from Secrets; where it is another one they are replaced.

    A rollout starts a new worker before it takes an old one, which finishes what it runs within its grace period.
    """
    deployment_spec = {
        "selector": {"matchLabels": selector_labels(pool["metadata"]["name"], group.name)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
        "template": with_secrets(_pod_template(pool, spec, group), secrets),
    }
    if replicas is not None:
        deployment_spec["replicas"] = replicas
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": child_metadata(pool, group.name),
        "spec": deployment_spec,
    }


def _pod_template(pool: Manifest, spec: PoolSpec, group: WorkerGroup) -> dict[str, Any]:
    """Ours, the user's laid over it, and the labels that select the pods again on top."""
    labels = child_labels(pool["metadata"]["name"], group.name)
    template = strategic_merge({"metadata": {"labels": labels}, "spec": _pod_spec(spec, group)}, group.pod_template)
    selected = {"metadata": {"labels": selector_labels(pool["metadata"]["name"], group.name)}}
    return strategic_merge(template, selected)


def _pod_spec(spec: PoolSpec, group: WorkerGroup) -> dict[str, Any]:
    """What the Pod Security Standard "restricted" asks for, but for the user, whom the image names or podTemplate.

    With one process namespace for the pod, in which celery is not PID 1.

    Linux drops a signal that PID 1 has no handler for yet (man 2 kill, "Notes"): a worker told to stop while it starts,
    and those go first when replicas are taken away, would then take reports until it is killed amid them.
    """
    pod: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "shareProcessNamespace": True,
        "terminationGracePeriodSeconds": group.grace_seconds,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [_worker_container(spec, group)],
    }
    if spec.image_pull_secrets:
        pod["imagePullSecrets"] = [dict(secret) for secret in spec.image_pull_secrets]
    if volumes := _volumes(spec, group):
        pod["volumes"] = [volume for volume, _ in volumes]
    return pod


def _worker_container(spec: PoolSpec, group: WorkerGroup) -> dict[str, Any]:
    """Celery in exec form: as the container's first process it gets SIGTERM itself and shuts down warm."""
    container: dict[str, Any] = {
        "name": WORKER_CONTAINER,
        "image": spec.image,
        "imagePullPolicy": spec.image_pull_policy,
        "command": [COMMAND],
        "args": celery_args(spec, group),
        "env": worker_env(spec, group),
        "resources": dict(group.resources),
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        **worker_probes(spec, group),
    }
    if group.probes == "Heartbeat":
        container["ports"] = [{"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}]
    if spec.env_from:
        container["envFrom"] = [dict(source) for source in spec.env_from]
    if volumes := _volumes(spec, group):
        container["volumeMounts"] = [mount for _, mount in volumes]
    return container


def _volumes(spec: PoolSpec, group: WorkerGroup) -> list[tuple[Volume, Mount]]:
    """Volumes of the pod, each with its mount in the worker container."""
    if group.probes != "Heartbeat":
        return broker_ca(spec.broker)
    heartbeat: Volume = {"name": HEARTBEAT_VOLUME, "emptyDir": {}}
    return [(heartbeat, {"name": HEARTBEAT_VOLUME, "mountPath": HEARTBEAT_DIRECTORY}), *broker_ca(spec.broker)]
