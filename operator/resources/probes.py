"""How the kubelet sees whether a worker has started, is ready, is alive.

No probe asks Redis once the worker has started, and none fails because a worker is busy: the ReplicaSet takes not-Ready
pods away first, and a liveness probe that needs Redis would restart every worker in an outage of Redis.
"""

import math
from typing import Any

from revrx_operator.api.spec import PoolSpec, WorkerGroup

HEARTBEAT_DIRECTORY = "/run/revrx"
HEARTBEAT_FILE = f"{HEARTBEAT_DIRECTORY}/heartbeat"

# The beat comes from the worker's main loop, which a blocking Redis client stops as well: only a worker whose loop has
# stood still for longer than an outage of Redis should last is taken for dead. It may be in the middle of a report.
STALE_AFTER_SECONDS = 600

STARTUP_SECONDS = 600


def worker_probes(spec: PoolSpec, group: WorkerGroup) -> dict[str, Any]:
    """Probes of the worker container, by their field names."""
    if group.probes == "Heartbeat":
        return _heartbeat_probes(group)
    if group.probes == "Inspect":
        return {"startupProbe": _inspect_probe(spec, group)}
    return {}


def _heartbeat_probes(group: WorkerGroup) -> dict[str, Any]:
    """The file appears once the worker consumes, and its age is the time since the last beat."""
    exists = {"exec": {"command": ["test", "-e", HEARTBEAT_FILE]}}
    return {
        "startupProbe": {**exists, "periodSeconds": 1, "failureThreshold": STARTUP_SECONDS, "timeoutSeconds": 5},
        "readinessProbe": {**exists, "periodSeconds": 10, "timeoutSeconds": 5},
        "livenessProbe": {"exec": {"command": _is_fresh(group)}, "periodSeconds": 30, "timeoutSeconds": 10},
    }


def _is_fresh(group: WorkerGroup) -> list[str]:
    """One process, no shell: find fails where what it executes does, and executes nothing for a fresh file (POSIX)."""
    return ["find", HEARTBEAT_FILE, "-mmin", f"+{_stale_minutes(group)}", "-exec", "false", "{}", "+"]


def _stale_minutes(group: WorkerGroup) -> int:
    """A solo worker runs the task in its main loop: it beats only between two tasks."""
    seconds = max(STALE_AFTER_SECONDS, group.grace_seconds) if group.pool == "solo" else STALE_AFTER_SECONDS
    return math.ceil(seconds / 60)


def _inspect_probe(spec: PoolSpec, group: WorkerGroup) -> dict[str, Any]:
    """One import of the whole app per try (seconds of CPU), so it ends with the start of the worker."""
    ping = f"exec celery -A {spec.app} inspect ping -d {group.name}@$HOSTNAME"
    return {
        "exec": {"command": ["sh", "-c", ping]},
        "periodSeconds": 10,
        "failureThreshold": STARTUP_SECONDS // 10,
        "timeoutSeconds": 30,
    }
