"""Progressing: whether replicas or pods are on their way to what is desired."""

from collections.abc import Sequence

from revrx_operator.plan.conditions import Condition
from revrx_operator.plan.conditions.refused import REASON, because_refused
from revrx_operator.plan.groups import GroupPlan


def progressing(groups: Sequence[GroupPlan]) -> Condition:
    """True while a rollout or a change of replicas is under way, however long pods for it are refused."""
    moving = {text: because_refused(plan) for plan in groups if (text := _movement(plan))}
    if moving:
        reason = REASON if any(moving.values()) else "Moving"
        return Condition("Progressing", True, reason, "; ".join(text + why for text, why in moving.items()))
    return Condition("Progressing", False, "Settled", "no rollout and no change of replicas is under way")


def _movement(plan: GroupPlan) -> str:
    workload, name = plan.workload, plan.group.name
    if workload is None:
        return "" if not plan.applies else f"group {name} is being created"
    if workload.rolling:
        return f"group {name} is rolling out"
    if not workload.ready == workload.existing == plan.decision.replicas:
        return f"group {name} moves to {plan.decision.replicas} replicas"
    return ""
