"""What the pods of workers and of Flower have in common: both are celery with the pool's app."""

from collections.abc import Mapping, Sequence
from typing import Any

from revrx_operator.api.spec import PoolSpec
from revrx_operator.model import Manifest
from revrx_operator.resources.command import COMMAND
from revrx_operator.resources.secrets_annotation import with_secrets
from revrx_operator.resources.strategic_merge import strategic_merge
from revrx_operator.resources.volumes import Mount, Volume

NO_PRIVILEGES: Manifest = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
DEFAULT_SECCOMP: Manifest = {"seccompProfile": {"type": "RuntimeDefault"}}


def pod_template(
    pod: Manifest, users: Manifest, *, labels: Mapping[str, str], selector: Mapping[str, str], secrets: str
) -> dict[str, Any]:
    """Ours, the user's laid over it, and on top the labels that select the pod, and what it takes from Secrets."""
    template = strategic_merge({"metadata": {"labels": labels}, "spec": pod}, users)
    return with_secrets(strategic_merge(template, {"metadata": {"labels": selector}}), secrets)


def pod_spec(spec: PoolSpec, container: Manifest, volumes: Sequence[tuple[Volume, Mount]]) -> dict[str, Any]:
    """What the Pod Security Standard "restricted" asks for, but for the user, around one container.

    With one process namespace for the pod, in which celery is not PID 1.

    Linux drops a signal that PID 1 has no handler for yet (man 2 kill, "Notes"): a worker told to stop while it starts,
    and those go first when replicas are taken away, would then take reports until it is killed amid them.
    """
    pod: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "shareProcessNamespace": True,
        "securityContext": DEFAULT_SECCOMP,
        "containers": [{**_container(spec, volumes), **container}],
    }
    if spec.image_pull_secrets:
        pod["imagePullSecrets"] = [dict(secret) for secret in spec.image_pull_secrets]
    if volumes:
        pod["volumes"] = [volume for volume, _ in volumes]
    return pod


def _container(spec: PoolSpec, volumes: Sequence[tuple[Volume, Mount]]) -> dict[str, Any]:
    """Celery in exec form: as the container's first process it gets SIGTERM itself and shuts down warm."""
    container: dict[str, Any] = {
        "image": spec.image,
        "imagePullPolicy": spec.image_pull_policy,
        "command": [COMMAND],
        "securityContext": NO_PRIVILEGES,
    }
    if spec.env_from:
        container["envFrom"] = [dict(source) for source in spec.env_from]
    if volumes:
        container["volumeMounts"] = [mount for _, mount in volumes]
    return container
