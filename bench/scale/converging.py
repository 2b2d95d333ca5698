"""Until every pool has its Deployment, HPA and PDB: of pools that an operator finds, and of pools that come while it is
there."""

import time
from collections.abc import Callable

from bench import cluster
from bench.result import BenchError
from bench.scale import pools
from bench.scale.report import say

CONVERGE_SECONDS = 300
GONE_SECONDS = 300
QUIET_SECONDS = 15
"""After thousands of writes, until Kubernetes' own controllers have looked at all of them."""


def found(count: int) -> float:
    """Give the seconds from the start of an operator that finds the pools until the last child stands. All go again."""
    _operators(0)
    pools.create(count)
    time.sleep(QUIET_SECONDS)
    began = time.monotonic()
    _operators(1)
    seconds = _children_stand(count, began)
    say(f"{count} pools that the operator found: all children stand {seconds:.1f} s after its start")
    _clear(count)
    return seconds


def created(count: int) -> tuple[float, float]:
    """Give the seconds until the last pool was created, and until the last child stood."""
    began = time.monotonic()
    pools.create(count)
    last = time.monotonic() - began
    say(f"{count} pools created in {last:.1f} s")
    seconds = _children_stand(count, began)
    say(f"all children stand after {seconds:.1f} s")
    return last, seconds


def replicas_asked(count: int, began: float) -> float:
    """Give the seconds until the Deployments together ask for that many replicas."""
    seconds = seconds_until(
        pools.replicas, count, "replicas are asked for", began=began, within=CONVERGE_SECONDS, look_every=1
    )
    say(f"{count} workers are asked for {seconds:.1f} s after the last change of a spec")
    return seconds


def seconds_until(
    count: Callable[[], int], wanted: int, what: str, *, began: float, within: float, look_every: float
) -> float:
    """Give the seconds from ``began`` until there are so many, by looking every few seconds. Raises BenchError."""
    while (found := count()) < wanted:
        if time.monotonic() - began > within:
            raise BenchError(f"after {within:.0f} s {found} of {wanted} {what}")
        time.sleep(look_every)
    return time.monotonic() - began


def _clear(count: int) -> None:
    pools.delete_all()

    def gone() -> int:
        return 3 * count - pools.children()

    seconds_until(gone, 3 * count, "children are gone", began=time.monotonic(), within=GONE_SECONDS, look_every=1)
    time.sleep(QUIET_SECONDS)


def _children_stand(count: int, began: float) -> float:
    return seconds_until(
        pools.children, 3 * count, "children stand", began=began, within=CONVERGE_SECONDS, look_every=0.25
    )


def _operators(count: int) -> None:
    """Have so many; returns when those that are to go are gone, and does not wait for those that are to come."""
    cluster.kubectl("scale", "deployment", *cluster.OPERATOR, f"--replicas={count}")
    if not count:
        cluster.kubectl("wait", "pod", *cluster.OPERATOR, "--for=delete", "--timeout=60s", seconds=70)
