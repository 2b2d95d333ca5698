"""What two conditions say about pods that the API server refuses to have."""

from revrx_operator.plan.groups import GroupPlan

REASON = "PodsRefused"


def because_refused(plan: GroupPlan) -> str:
    """How a sentence on missing replicas goes on; empty where pods are taken."""
    said = plan.workload.pods_refused if plan.workload else ""
    return f", for pods are refused: {said}; change podTemplate or resources, or what refuses them" if said else ""
