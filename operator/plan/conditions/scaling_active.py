"""ScalingActive: whether queue depth moves the replicas now."""

from revrx_operator.api.spec import PoolSpec
from revrx_operator.model import BrokerState
from revrx_operator.plan.conditions import Condition


def scaling_active(spec: PoolSpec | None, state: BrokerState) -> Condition:
    """False while the pool is drained or paused, its spec unreadable or its Redis away."""
    if spec is None:
        return Condition("ScalingActive", False, "InvalidSpec", "the spec cannot be read, see Ready")
    drained = [group.name for group in spec.workers if spec.drains(group.name)]
    if len(drained) == len(spec.workers):
        text = "every worker group is drained; kubectl revrx resume, or drained: false, lets the pool scale again"
        return Condition("ScalingActive", False, "Drained", text)
    if spec.paused:
        return Condition("ScalingActive", False, "Paused", "spec.paused is true; set it to false to scale again")
    if not state.reachable:
        return Condition("ScalingActive", False, "BrokerUnreachable", "Redis is not read, see BrokerReachable")
    but = f", but those of {', '.join(drained)}, which spec.drainedGroups holds at none" if drained else ""
    return Condition("ScalingActive", True, "QueueDepthRead", f"replicas follow the queues{but}")
