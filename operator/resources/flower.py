"""The Deployment of a pool's Flower."""

from typing import Any

from revrx_operator.api.spec import Flower, PoolSpec
from revrx_operator.model import Manifest
from revrx_operator.resources.environment import flower_env
from revrx_operator.resources.names import flower_labels, flower_metadata, flower_selector_labels
from revrx_operator.resources.pod import DEFAULT_SECCOMP, NO_PRIVILEGES, pod_spec, pod_template
from revrx_operator.resources.volumes import Mount, Volume, broker_ca

FLOWER_CONTAINER = "flower"
PORT = 5555
PORT_NAME = "http"
USER_ID = 10001
TASKS_KEPT = 10_000
"""In memory, a few KB each: Flower's own 100,000 would not fit its memory limit."""
OFFLINE_WORKERS_KEPT_SECONDS = 600
"""Every pod is a new worker to Flower, and by itself it forgets none."""
STARTUP_SECONDS = 600
START_DEADLINE_SECONDS = 120
"""After which the Deployment, and then the pool, says that it does not start."""


def build_flower(pool: Manifest, spec: PoolSpec, secrets: str = "") -> dict[str, Any]:
    """One replica, by the API server's default: the field is left out, so a hand may stop it for a while.

    An old one goes before the new one comes. Side by side they would show different tasks.
    """
    name = pool["metadata"]["name"]
    selector = flower_selector_labels(name)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": flower_metadata(pool),
        "spec": {
            "selector": {"matchLabels": selector},
            "strategy": {"type": "Recreate"},
            "progressDeadlineSeconds": START_DEADLINE_SECONDS,
            "template": pod_template(
                _pod_spec(spec),
                spec.flower.pod_template,
                labels=flower_labels(name),
                selector=selector,
                secrets=secrets,
            ),
        },
    }


def flower_args(spec: PoolSpec) -> list[str]:
    """Arguments of celery for Flower.

    By ``-A`` it connects as the app does, with the app's visibility timeout. With the default of an hour, which a
    Flower started by the broker's URL has, it gives back what others have run for longer (kombu 5.7.0,
    transport/redis.py, restore_visible): a report that runs would be run again beside itself.
    """
    prefix = [f"--url_prefix={spec.flower.url_prefix}"] if spec.flower.url_prefix else []
    return [
        "-A",
        spec.app,
        "flower",
        f"--port={PORT}",
        f"--max_tasks={TASKS_KEPT}",
        f"--purge_offline_workers={OFFLINE_WORKERS_KEPT_SECONDS}",
        *prefix,
    ]


def _pod_spec(spec: PoolSpec) -> dict[str, Any]:
    """With a user of its own, whatever user the image names: Flower writes no file.

    Without links: those of a Service called flower would set FLOWER_PORT, which Flower reads as its own.
    """
    return {
        **pod_spec(spec, _container(spec), _volumes(spec)),
        "enableServiceLinks": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": USER_ID, **DEFAULT_SECCOMP},
    }


def _container(spec: PoolSpec) -> dict[str, Any]:
    return {
        "name": FLOWER_CONTAINER,
        "image": spec.flower.image or spec.image,
        "args": flower_args(spec),
        "env": flower_env(spec),
        "ports": [{"name": PORT_NAME, "containerPort": PORT, "protocol": "TCP"}],
        "resources": dict(spec.flower.resources),
        "securityContext": {**NO_PRIVILEGES, "readOnlyRootFilesystem": True},
        **_probes(spec.flower),
    }


def _probes(flower: Flower) -> dict[str, Any]:
    """Flower answers there without a login and without asking Redis."""
    prefix = f"/{flower.url_prefix}" if flower.url_prefix else ""
    answers = {"httpGet": {"path": f"{prefix}/healthcheck", "port": PORT_NAME}, "timeoutSeconds": 5}
    return {
        "startupProbe": {**answers, "periodSeconds": 2, "failureThreshold": STARTUP_SECONDS // 2},
        "readinessProbe": {**answers, "periodSeconds": 10},
        "livenessProbe": {**answers, "periodSeconds": 30},
    }


def _volumes(spec: PoolSpec) -> list[tuple[Volume, Mount]]:
    """A place for temporary files, which apps may want as they are imported."""
    return [({"name": "tmp", "emptyDir": {}}, {"name": "tmp", "mountPath": "/tmp"}), *broker_ca(spec.broker)]  # noqa: S108
