"""ScalingActive: whether queue depth moves the replicas now."""

from revrx_operator.api.spec import PoolSpec
from revrx_operator.model import BrokerState
from revrx_operator.plan.conditions import Condition


def scaling_active(spec: PoolSpec | None, state: BrokerState) -> Condition:
    """False while the pool is paused, its spec unreadable or its Redis away."""
    if spec is None:
        return Condition("ScalingActive", False, "InvalidSpec", "the spec cannot be read, see Ready")
    if spec.paused:
        return Condition("ScalingActive", False, "Paused", "spec.paused is true; set it to false to scale again")
    if not state.reachable:
        return Condition("ScalingActive", False, "BrokerUnreachable", "Redis is not read, see BrokerReachable")
    return Condition("ScalingActive", True, "QueueDepthRead", "replicas follow the queues")
