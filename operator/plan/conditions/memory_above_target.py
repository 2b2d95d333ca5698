"""MemoryAboveTarget: a warning that workers use more memory than they were given."""

from collections.abc import Sequence

from revrx_operator.model import Workload
from revrx_operator.plan.conditions import Condition
from revrx_operator.plan.groups import GroupPlan
from revrx_operator.plan.suspension import memory_is_above


def memory_above_target(groups: Sequence[GroupPlan]) -> Condition:
    """True while a group's mean is over its target; False also where nobody measures it."""
    if above := [_told(plan, plan.workload) for plan in groups if plan.workload and _is_above(plan, plan.workload)]:
        text = (
            f"{'; '.join(above)}. More workers do not cure that, so it holds none that the queues do not need; raise "
            "resources.requests.memory, look for a leak, or lower maxTasksPerChild"
        )
        return Condition("MemoryAboveTarget", True, "AboveTarget", text)
    if any(plan.workload and plan.workload.memory_percent is not None for plan in groups):
        return Condition("MemoryAboveTarget", False, "WithinTarget", "no group uses more memory than its target")
    return Condition("MemoryAboveTarget", False, "NotMeasured", "no HorizontalPodAutoscaler tells how much is used")


def _is_above(plan: GroupPlan, workload: Workload) -> bool:
    return memory_is_above(workload, plan.group.scaling.memory_utilization)


def _told(plan: GroupPlan, workload: Workload) -> str:
    target = plan.group.scaling.memory_utilization
    return f"group {plan.group.name} uses {workload.memory_percent} % of its requested memory, its target is {target} %"
