"""Which pods go when replicas are lowered is the ReplicaSet's choice; this is the order in which it chooses."""

from collections.abc import Callable, Iterable
from itertools import groupby

from revrx_operator.model import Pod

RETIRING_COST = -1_000_000_000
"""Deletion cost of a worker that still finishes something: it goes before those that stay."""
EMPTY_COST = -2_000_000_000
"""Deletion cost of a worker that has finished: it goes before those that have not."""
OUR_COSTS = frozenset({RETIRING_COST, EMPTY_COST})


def rank(pod: Pod) -> tuple[int, bool, int]:
    """What the ReplicaSet controller looks at first; the pod with the lowest rank goes first.

    Kubernetes 1.37, pkg/controller/controller_utils.go, ActivePodsWithRanks: no node, Pending, Unknown, not Ready,
    lower deletion cost. What it looks at then (nodes, times, restarts) is not told here: among equals any may go.
    """
    return pod.stage, pod.ready, pod.deletion_cost


def leading(pods: Iterable[Pod], may_go: Callable[[Pod], bool]) -> int:
    """How many pods may be counted off, so that whichever the ReplicaSet takes is one that may go."""
    safe = 0
    for _, equals in groupby(sorted(pods, key=rank), key=rank):
        alike = list(equals)
        if not all(may_go(pod) for pod in alike):
            break
        safe += len(alike)
    return safe
