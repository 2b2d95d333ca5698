"""Ready: the summary that ``kubectl wait`` waits for."""

from collections.abc import Sequence

from revrx_operator.model import PoolSnapshot, Reason
from revrx_operator.plan.conditions import Condition
from revrx_operator.plan.conditions.refused import REASON, because_refused
from revrx_operator.plan.groups import GroupPlan
from revrx_operator.resources.names import flower_name


def ready(snapshot: PoolSnapshot, groups: Sequence[GroupPlan]) -> Condition:
    """True when every group has the replicas that it cannot do without; else the first thing to do about it."""
    view = snapshot.view
    if view.spec_errors:
        return _not_ready("InvalidSpec", "; ".join(view.spec_errors))
    if troubles := [*view.faults, *_conflicts(groups), *_refusals(snapshot)]:
        return _not_ready(troubles[0].code, "; ".join(trouble.message for trouble in troubles))
    if lagging := [plan for plan in groups if _lags(plan)]:
        reason = REASON if any(map(because_refused, lagging)) else "ReplicasNotReady"
        return _not_ready(reason, "; ".join(map(_lag, lagging)))
    return Condition("Ready", True, "MinimumReady", "every worker group has the replicas that it needs")


def _conflicts(groups: Sequence[GroupPlan]) -> list[Reason]:
    return [Reason("NameConflict", plan.conflict) for plan in groups if plan.conflict]


def _refusals(snapshot: PoolSnapshot) -> list[Reason]:
    """But Flower's, which workers do without."""
    flower = flower_name(snapshot.view.key.name)
    return [Reason("Refused", sentence) for name, sentence in snapshot.refusals.items() if name != flower]


def _not_ready(reason: str, message: str) -> Condition:
    return Condition("Ready", False, reason, message)


def _lags(plan: GroupPlan) -> bool:
    return plan.workload is None or plan.workload.ready < _needed(plan)


def _needed(plan: GroupPlan) -> int:
    """The minimum, but at least one where any is desired: a pool that grows under load stays Ready meanwhile."""
    desired = plan.decision.replicas
    return min(desired, max(plan.group.scaling.min_replicas, 1))


def _lag(plan: GroupPlan) -> str:
    ready_now = plan.workload.ready if plan.workload else 0
    lag = f"{ready_now} of {plan.decision.replicas} replicas of group {plan.group.name} are ready"
    return lag + because_refused(plan)
