"""BrokerReachable: whether Redis answers the operator."""

from revrx_operator.model import BrokerState, ClusterView
from revrx_operator.plan.conditions import Condition


def broker_reachable(view: ClusterView, state: BrokerState) -> Condition:
    """Unknown before the first reading, False with the error of the last one."""
    if view.broker is None:
        return Condition("BrokerReachable", None, "NoAddress", "the broker's URL is not known yet, see Ready")
    if state.reachable:
        return Condition("BrokerReachable", True, "Connected", state.message or "Redis answers")
    if not state.failures:
        return Condition("BrokerReachable", None, "NotReadYet", "Redis was not asked yet")
    text = f"{state.message}; replicas are held. Check spec.broker, and the network policy between operator and Redis"
    return Condition("BrokerReachable", False, "ConnectionFailed", text)
