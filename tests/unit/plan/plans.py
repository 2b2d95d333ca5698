"""What a plan holds, read in the few words that a test asks with."""

from revrx_operator.model import Manifest, Plan, PoolMemory, PoolSnapshot
from revrx_operator.plan.pool import plan_pool

Told = tuple[str, str, str]
"""Status, reason and message of a condition."""


def plan(snapshot: PoolSnapshot) -> Plan:
    """The plan of an operator that remembers nothing."""
    return plan_pool(snapshot, PoolMemory())


def applied(planned: Plan, kind: str) -> Manifest:
    """The first object of a kind that the plan applies."""
    return next(manifest for manifest in planned.applies if manifest["kind"] == kind)


def conditions(planned: Plan) -> dict[str, Told]:
    """The conditions of the status that the plan writes, by type."""
    assert planned.status is not None
    return {
        entry["type"]: (entry["status"], entry["reason"], entry["message"]) for entry in planned.status["conditions"]
    }


def condition(planned: Plan, name: str) -> Told:
    """One of them."""
    return conditions(planned)[name]
