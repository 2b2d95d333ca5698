"""What the operator's process uses, read from /proc inside its pod."""

from dataclasses import dataclass

from bench import cluster

FIELDS_BEFORE_CPU = 11
"""Of /proc/PID/stat, between the command's closing parenthesis and utime (man 5 proc)."""
LOOK = "cd $(dirname $(grep --files-with-matches --null-data '^ru[n]$' /proc/[0-9]*/cmdline)) && cat stat status"
"""In the folder of the process that has the argument `run`, and not in that of the one which looks for it."""
TICKS_PER_SECOND = 100
"""USER_HZ, 100 on every Linux that Kubernetes supports."""


@dataclass(frozen=True)
class Usage:
    """CPU time in seconds since the start, resident memory now and at its highest in bytes."""

    cpu_seconds: float
    resident: int
    highest: int


def usage() -> Usage:
    """Look at the process whose last argument is `run`; PID 1 is the pod's own."""
    deployment = cluster.kubectl("get", "deployment", *cluster.OPERATOR, "--output=name")
    where = ("--namespace", cluster.RELEASE[1], "exec", deployment, "--")
    text = cluster.kubectl(*where, "sh", "-c", LOOK)
    stat, _, status = text.partition("\n")
    after_name = stat.rpartition(")")[2].split()
    user, system = after_name[FIELDS_BEFORE_CPU : FIELDS_BEFORE_CPU + 2]
    sizes = dict(line.split(":", 1) for line in status.splitlines() if line.startswith("Vm"))
    return Usage((int(user) + int(system)) / TICKS_PER_SECOND, _bytes(sizes["VmRSS"]), _bytes(sizes["VmHWM"]))


def _bytes(text: str) -> int:
    return int(text.split(maxsplit=1)[0]) * 1024
