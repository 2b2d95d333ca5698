"""What fails. Each fault returns when what failed is back."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos import bystander, clock
from tests.chaos.place import Place
from tests.e2e.killer.stage import KILL_REDIS
from tests.e2e.pools import OF_POOL
from tests.e2e.release import CHART

KILLING_SECONDS = 600.0
AWAY_SECONDS = 60.0
STOP_SECONDS = 120.0
"""The API server lets its watches end for a while, and the kubelet looks at its manifests every 20 s."""
CORDONED_SECONDS = 20.0
DRAIN_SECONDS = 400
"""A drained worker finishes its reports, and the disruption budget lets one go at a time."""
JUMP = "+3600"
"""Seconds."""
JUMPED_SECONDS = 30.0

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
LAID_BY = "/etc/kubernetes/kube-apiserver.yaml"
REDIS_PORT = "6379"


@dataclass(frozen=True)
class Fault:
    """One kind of trouble."""

    name: str
    summary: str
    strike: Callable[[Place], None]
    may_start_again: bool = False
    """Celery may start a task once more when it loses Redis."""
    evicts: bool = False
    """Somebody else takes workers away, busy or not; they are given the time to finish."""


def _kill_operators(place: Place) -> None:
    """Now the one that acts, now the one that stands by, while reports keep coming."""
    deadline, kills = time.monotonic() + KILLING_SECONDS, 0
    while time.monotonic() < deadline:
        pod = place.chance.choice(place.release.pods())["metadata"]["name"]
        place.release.kubectl("delete", "pod", pod, "--force", "--grace-period=0", "--wait=false")
        kills += 1
        if place.chance.random() < 1 / 3:
            place.submit(place.chance.randint(8, 24))
        place.say(f"{kills} operators killed; {place.watcher.sight}")
        place.watcher.pause(place.chance.uniform(5, 30))


def _stop_the_api_server(place: Place) -> None:
    """The kubelet stops what has no manifest any more. What else of Kubernetes went down with it has to be back too."""
    place.in_node("mv", MANIFEST, LAID_BY)
    try:
        place.wait(lambda: not _runs(place, "kube-apiserver"), "the API server is gone", within=STOP_SECONDS)
        place.watcher.pause(AWAY_SECONDS)
    finally:
        place.in_node("mv", LAID_BY, MANIFEST)
    bystander.wait_for(place.kubectl)


def _runs(place: Place, program: str) -> bool:
    return bool(place.in_node("sh", "-c", f"pgrep -x {program} || true").strip())


def _kill_redis(place: Place) -> None:
    place.kubectl.execute("redis", *KILL_REDIS)


def _drain_the_node(place: Place) -> None:
    """As `kubectl drain` does it, of the workers only; what replaces them finds a place after a while."""
    (node,) = place.kubectl("get", "nodes", "--output=name").split()
    options = (
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        f"--pod-selector={OF_POOL}",
        f"--timeout={DRAIN_SECONDS}s",
    )
    with subprocess.Popen(place.kubectl.command("drain", node, *options), stdout=subprocess.DEVNULL) as drain:
        try:
            place.watcher.pause(CORDONED_SECONDS)
        finally:
            place.kubectl("uncordon", node)
        assert drain.wait() == 0, "kubectl drain did not come to its end"


def _cut_the_operators_off_redis(place: Place) -> None:
    """No packet passes between the operators and any Redis, and nobody is told so."""
    processes = [_first_process(place, pod["metadata"]["uid"]) for pod in place.release.pods()]
    _filter(place, processes, "-A")
    try:
        place.watcher.pause(AWAY_SECONDS)
    finally:
        _filter(place, processes, "-D")


def _filter(place: Place, processes: list[str], change: str) -> None:
    for process in processes:
        for chain, port in (("OUTPUT", "--dport"), ("INPUT", "--sport")):
            rule = (change, chain, "-p", "tcp", port, REDIS_PORT, "-j", "DROP")
            place.in_node("nsenter", "--target", process, "--net", "iptables", *rule)


def _first_process(place: Place, uid: str) -> str:
    """The number on the node of a process of a pod, whose cgroups bear the UID in one of two spellings."""
    groups = place.in_node("sh", "-c", "grep -sE '[0-9a-f]{8}[-_]' /proc/[0-9]*/cgroup")
    return next(line.split("/")[2] for line in groups.replace("_", "-").splitlines() if uid in line)


def _take_the_lease(place: Place) -> None:
    """Somebody who never acts writes himself into it."""
    spec = {"holderIdentity": "somebody-else", "leaseTransitions": 1000}
    place.release.kubectl.patch("lease", CHART, {"spec": spec})
    place.acting()


def _move_the_clock(place: Place) -> None:
    """Of the operator that acts, an hour ahead and back again."""
    with clock.of_operators(place.release) as jump:
        jump(place.acting(), JUMP)
        place.watcher.pause(JUMPED_SECONDS)
        jump(place.acting(), "+0")


ALL = (
    Fault("operator-killed", "operators are killed at random for ten minutes", _kill_operators),
    Fault("api-server-stopped", "the API server is stopped for a minute", _stop_the_api_server),
    Fault("redis-killed", "Redis is killed and comes back", _kill_redis, may_start_again=True),
    Fault("node-drained", "the workers' node is drained", _drain_the_node, evicts=True),
    Fault("network-cut", "the operators are cut off Redis for a minute", _cut_the_operators_off_redis),
    Fault("clock-jump", "the operator's clock jumps an hour ahead, and back", _move_the_clock),
    Fault("lease-lost", "the operator loses its lease", _take_the_lease),
)
BY_NAME = {fault.name: fault for fault in ALL}
