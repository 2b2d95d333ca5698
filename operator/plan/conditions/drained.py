"""Drained: whether the workers that are to finish and go have gone. It is there only while that is asked for."""

from collections.abc import Iterator, Sequence

from revrx_operator.api.spec import PoolSpec
from revrx_operator.plan.conditions import Condition
from revrx_operator.plan.groups import GroupPlan


def drained(spec: PoolSpec | None, groups: Sequence[GroupPlan]) -> Iterator[Condition]:
    """True when no worker of a drained group is left; else what the last ones do."""
    asked = [plan for plan in groups if spec is not None and spec.drains(plan.group.name)]
    if not asked:
        return
    if working := [_told(plan) for plan in asked if plan.workload and plan.workload.existing]:
        yield Condition("Drained", False, "Draining", "; ".join(working))
    else:
        names = ", ".join(plan.group.name for plan in asked)
        yield Condition("Drained", True, "NoWorkers", f"no worker of {names} is left; what waits stays in its queues")


def _told(plan: GroupPlan) -> str:
    return f"group {plan.group.name}: {plan.decision.reason.message}"
