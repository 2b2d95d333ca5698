"""What the operator's process uses, read from /proc inside its pod."""

from dataclasses import dataclass

from bench import cluster

FIELDS_BEFORE_CPU = 11
"""Of /proc/PID/stat, between the command's closing parenthesis and utime (man 5 proc)."""
TICKS_PER_SECOND = 100
"""USER_HZ, 100 on every Linux that Kubernetes supports."""


@dataclass(frozen=True)
class Usage:
    """CPU time in seconds since the start, resident memory now and at its highest in bytes."""

    cpu_seconds: float
    resident: int
    highest: int


def usage() -> Usage:
    """Look at the operator's first process."""
    deployment = cluster.kubectl("get", "deployment", *cluster.OPERATOR, "--output=name")
    where = ("--namespace", cluster.RELEASE[1], "exec", deployment, "--")
    text = cluster.kubectl(*where, "cat", "/proc/1/stat", "/proc/1/status")
    stat, _, status = text.partition("\n")
    after_name = stat.rpartition(")")[2].split()
    user, system = after_name[FIELDS_BEFORE_CPU : FIELDS_BEFORE_CPU + 2]
    sizes = dict(line.split(":", 1) for line in status.splitlines() if line.startswith("Vm"))
    return Usage((int(user) + int(system)) / TICKS_PER_SECOND, _bytes(sizes["VmRSS"]), _bytes(sizes["VmHWM"]))


def _bytes(text: str) -> int:
    return int(text.split(maxsplit=1)[0]) * 1024
