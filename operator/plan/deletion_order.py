"""Which pods go when replicas are lowered is the ReplicaSet's choice; this is the order in which it chooses."""

from collections.abc import Callable, Iterable
from itertools import groupby

from revrx_operator.model import Pod

RETIRING_COST = -1_000_000_000
"""Deletion cost of a worker that still finishes something: it goes before those that stay."""
EMPTY_COST = -2_000_000_000
"""Deletion cost of a worker that has finished: it goes before those that have not."""
OUR_COSTS = frozenset({RETIRING_COST, EMPTY_COST})


def leading(pods: Iterable[Pod], may_go: Callable[[Pod], bool]) -> int:
    """How many pods may be counted off, so that whichever the ReplicaSet takes is one that may go."""
    safe = 0
    for _, equals in groupby(sorted(pods, key=_rank), key=_rank):
        alike = list(equals)
        if not all(may_go(pod) for pod in alike):
            break
        safe += len(alike)
    return safe


def _rank(pod: Pod) -> tuple[int, bool, int]:
    return pod.deletion_rank
