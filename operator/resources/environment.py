"""The environment of whatever imports the app: what the operator says about the broker, then what the user says."""

from typing import Any

from revrx_operator.api.spec import Broker, PoolSpec, SecretKeyRef, Sentinel, WorkerGroup
from revrx_operator.resources.probes import HEARTBEAT_FILE

ENABLE_CELERY: dict[str, Any] = {"name": "ENABLE_CELERY", "value": "true"}
RESULT_BACKEND = "CELERY_RESULT_BACKEND"
METRICS_PORT = 9540
METRICS_PORT_VARIABLE = "REVRX_METRICS_PORT"
BROKER_CA_DIRECTORY = "/run/revrx-broker"
BROKER_CA_FILE = f"{BROKER_CA_DIRECTORY}/ca.crt"


def worker_env(spec: PoolSpec, group: WorkerGroup) -> list[dict[str, Any]]:
    """Variables of the worker container, in the order of their definition."""
    return [
        ENABLE_CELERY,
        *_broker_env(spec),
        *_heartbeat_env(spec, group),
        *_time_limit_env(spec, group),
        *(dict(entry) for entry in spec.env),
    ]


def flower_env(spec: PoolSpec) -> list[dict[str, Any]]:
    """Variables of Flower: who may enter, and those by which the workers' app is set up.

    All of spec.env: the app may not be importable without, and its visibility timeout may be among it.
    """
    login = spec.flower.basic_auth_secret_ref
    return [
        ENABLE_CELERY,
        *_broker_env(spec),
        *([{"name": "FLOWER_BASIC_AUTH", **_from_secret(login)}] if login else []),
        *(dict(entry) for entry in spec.env),
    ]


def _broker_env(spec: PoolSpec) -> list[dict[str, Any]]:
    names = ["REDIS_URL", "CELERY_BROKER_URL"]
    if not _is_set(spec, RESULT_BACKEND):
        names.append(RESULT_BACKEND)
    env = [{"name": name, **_broker_url(spec.broker)} for name in names]
    if spec.broker.global_key_prefix:
        env.append({"name": "CELERY_GLOBAL_KEYPREFIX", "value": spec.broker.global_key_prefix})
    if spec.broker.ca_secret_ref:
        env.append({"name": "REVRX_BROKER_CA_FILE", "value": BROKER_CA_FILE})
    if spec.broker.sentinel:
        env += _sentinel_env(spec.broker.sentinel)
    return env


def _sentinel_env(sentinel: Sentinel) -> list[dict[str, Any]]:
    env: list[dict[str, Any]] = [{"name": "REVRX_SENTINEL_MASTER", "value": sentinel.master_name}]
    if sentinel.password_secret_ref:
        env.append({"name": "REVRX_SENTINEL_PASSWORD", **_from_secret(sentinel.password_secret_ref)})
    return env


def _broker_url(broker: Broker) -> dict[str, Any]:
    """The URL as a value, or by reference, so that a password never stands in a Deployment."""
    if broker.url_secret_ref is None:
        return {"value": broker.url}
    return _from_secret(broker.url_secret_ref)


def _from_secret(reference: SecretKeyRef) -> dict[str, Any]:
    return {"valueFrom": {"secretKeyRef": reference.model_dump(by_alias=True)}}


def _heartbeat_env(spec: PoolSpec, group: WorkerGroup) -> list[dict[str, Any]]:
    """What `revrx_worker` does when told to; the probe tells that the app has it."""
    if group.probes != "Heartbeat":
        return []
    heartbeat = {"name": "REVRX_HEARTBEAT_FILE", "value": HEARTBEAT_FILE}
    metrics = {"name": METRICS_PORT_VARIABLE, "value": str(METRICS_PORT)}
    return [heartbeat] if _is_set(spec, METRICS_PORT_VARIABLE) else [heartbeat, metrics]


def _time_limit_env(spec: PoolSpec, group: WorkerGroup) -> list[dict[str, Any]]:
    """The limits of the command line once more, for tasks: Celery tells them nowhere else."""
    limits = {
        "CELERY_TASK_TIME_LIMIT": group.time_limit_seconds,
        "CELERY_TASK_SOFT_TIME_LIMIT": group.soft_time_limit_seconds,
    }
    if group.pool != "prefork" or any(_is_set(spec, name) for name in limits):
        return []
    return [{"name": name, "value": str(seconds)} for name, seconds in limits.items()]


def _is_set(spec: PoolSpec, name: str) -> bool:
    return any(entry["name"] == name for entry in spec.env)
