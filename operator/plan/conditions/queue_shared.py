"""QueueShared: a warning that another pool takes tasks from a queue of this one."""

from collections.abc import Sequence

from revrx_operator.model import Manifest, PoolSnapshot
from revrx_operator.plan.conditions import Condition, standing

NAMED = 3
ADVICE = (
    "both count the same waiting tasks, and each makes workers for all of them; give each pool queues of its own, or "
    "make one pool of the two"
)


def queue_shared(snapshot: PoolSnapshot) -> Condition:
    """True while the operator sees such a pool, or did before it was started and has not heard every pool since;
    Unknown while it does not know this pool's Redis."""
    if snapshot.shared_queues:
        told = [
            f"queue {queue} with pool {_some(list(map(str, pools)))}" for queue, pools in snapshot.shared_queues.items()
        ]
        return Condition("QueueShared", True, "SharedWithPool", f"shares {_some(told, '; ')}: {ADVICE}")
    if earlier := unproven_warning(snapshot):
        return Condition("QueueShared", True, earlier["reason"], earlier["message"])
    if snapshot.view.broker is None:
        return Condition("QueueShared", None, "NoAddress", "the broker's URL is not known yet, see Ready")
    return Condition("QueueShared", False, "NotShared", "no other pool takes tasks from these queues")


def unproven_warning(snapshot: PoolSnapshot) -> Manifest | None:
    """The condition that stands, where that is a warning and a pool that was not heard yet may bear it out."""
    if snapshot.shared_queues is not None:
        return None
    earlier = standing(snapshot.view, "QueueShared")
    return earlier if earlier and earlier["status"] == "True" else None


def _some(names: Sequence[str], between: str = ", ") -> str:
    """The first few: a thousand pools may take one queue, and each joins and leaves in its own time."""
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return between.join([*names[:NAMED], *more])
