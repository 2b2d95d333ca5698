"""The command line of a worker."""

from revrx_operator.api.spec import PoolSpec, WorkerGroup

COMMAND = "celery"


def celery_args(spec: PoolSpec, group: WorkerGroup) -> list[str]:
    """Arguments of celery for one worker of the group.

    ``-n GROUP@%h`` lets the worker's heartbeats name the pod, whose host name is its own name. Without gossip: with it
    every worker hears each heartbeat of every other one, which among 1,000 workers is half a million messages a second.
    """
    return [
        "-A",
        spec.app,
        "worker",
        f"--loglevel={group.log_level}",
        f"--concurrency={group.concurrency}",
        f"--prefetch-multiplier={group.prefetch_multiplier}",
        f"--pool={group.pool}",
        "--without-gossip",
        *_limits(group),
        "-Q",
        ",".join(group.queues),
        "-n",
        f"{group.name}@%h",
    ]


def _limits(group: WorkerGroup) -> list[str]:
    """Limits that only prefork can keep: it alone can stop or replace what runs a task."""
    if group.pool != "prefork":
        return []
    return [
        f"--max-tasks-per-child={group.max_tasks_per_child}",
        f"--time-limit={group.time_limit_seconds}",
        f"--soft-time-limit={group.soft_time_limit_seconds}",
    ]
