"""The Deployment of a worker group."""

from typing import Any

from revrx_operator.api.spec import PoolSpec, WorkerGroup
from revrx_operator.model import Manifest
from revrx_operator.resources.command import celery_args
from revrx_operator.resources.environment import METRICS_PORT, worker_env
from revrx_operator.resources.names import child_labels, child_metadata, selector_labels
from revrx_operator.resources.pod import pod_spec, pod_template
from revrx_operator.resources.probes import HEARTBEAT_DIRECTORY, worker_probes
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
    pool_name = pool["metadata"]["name"]
    selector = selector_labels(pool_name, group.name)
    deployment_spec = {
        "selector": {"matchLabels": selector},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
        "template": pod_template(
            _pod_spec(spec, group),
            group.pod_template,
            labels=child_labels(pool_name, group.name),
            selector=selector,
            secrets=secrets,
        ),
    }
    if replicas is not None:
        deployment_spec["replicas"] = replicas
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": child_metadata(pool, group.name),
        "spec": deployment_spec,
    }


def _pod_spec(spec: PoolSpec, group: WorkerGroup) -> dict[str, Any]:
    """Its user is the one that the image names, or podTemplate."""
    pod = pod_spec(spec, _worker_container(spec, group), _volumes(spec, group))
    return {**pod, "terminationGracePeriodSeconds": group.grace_seconds}


def _worker_container(spec: PoolSpec, group: WorkerGroup) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": WORKER_CONTAINER,
        "args": celery_args(spec, group),
        "env": worker_env(spec, group),
        "resources": dict(group.resources),
        **worker_probes(spec, group),
    }
    if group.probes == "Heartbeat":
        container["ports"] = [{"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}]
    return container


def _volumes(spec: PoolSpec, group: WorkerGroup) -> list[tuple[Volume, Mount]]:
    """Volumes of the pod, each with its mount in the worker container."""
    if group.probes != "Heartbeat":
        return broker_ca(spec.broker)
    heartbeat: Volume = {"name": HEARTBEAT_VOLUME, "emptyDir": {}}
    return [(heartbeat, {"name": HEARTBEAT_VOLUME, "mountPath": HEARTBEAT_DIRECTORY}), *broker_ca(spec.broker)]
