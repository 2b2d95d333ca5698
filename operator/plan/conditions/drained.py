"""Drained: whether the workers that are to finish and go have gone. It is there only while that is asked for."""

from collections.abc import Iterator, Sequence

from revrx_operator.model import ClusterView, Pod, Workload
from revrx_operator.plan.conditions import Condition
from revrx_operator.plan.groups import GroupPlan


def drained(view: ClusterView, groups: Sequence[GroupPlan]) -> Iterator[Condition]:
    """True when no pod of a drained group is left, terminating ones included; else what the last ones do."""
    spec = view.spec
    asked = [plan for plan in groups if spec is not None and spec.drains(plan.group.name)]
    if not asked:
        return
    if left := [text for plan in asked if (text := _left(plan, view.pods.get(plan.group.name)))]:
        yield Condition("Drained", False, "Draining", "; ".join(left))
    else:
        names = ", ".join(plan.group.name for plan in asked)
        yield Condition("Drained", True, "NoWorkers", f"no worker of {names} is left; what waits stays in its queues")


def _left(plan: GroupPlan, pods: Sequence[Pod] | None) -> str:
    """Empty where nothing is left, and nothing is about to start."""
    if pods is None:
        return f"group {plan.group.name}: its pods were not listed yet"
    if not pods and not _may_have_more(plan.workload):
        return ""
    terminating = sum(pod.leaving for pod in pods)
    some = f", {terminating} of them terminating" if terminating else ""
    return f"group {plan.group.name}: {len(pods)} workers left{some}; {plan.decision.reason.message}"


def _may_have_more(workload: Workload | None) -> bool:
    """Whether pods may be made, or were in this moment. A Deployment does not count those that terminate."""
    return workload is not None and bool(workload.replicas or workload.existing or workload.rolling)
