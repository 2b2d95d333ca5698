"""What a tick costs a pool that nothing happens to: one decision for each group, and no manifest."""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

from revrx_operator.api.spec import PoolSpec
from revrx_operator.model import (
    ClusterView,
    Decision,
    GroupReading,
    PoolMemory,
    PoolSnapshot,
    ScalingMemory,
    Workload,
)
from revrx_operator.plan.children import workload_named
from revrx_operator.plan.demand import Work, work_of
from revrx_operator.plan.groups import decide_group, group_snapshot
from revrx_operator.plan.retirement import seems_deaf
from revrx_operator.plan.status import NUMBERS_EVERY_SECONDS
from revrx_operator.resources.names import child_name


class News(Enum):
    """What a run is needed for."""

    WORKERS = "another number of workers, or one to look after"
    WORDS = "a status that says something else"


Workloads = Mapping[str, Workload | None]
"""By group name."""


def workloads_of(view: ClusterView) -> Workloads:
    """What runs for each group; worked out once for all the ticks until the cluster is observed again."""
    if view.spec is None:
        return {}
    return {group.name: workload_named(view, child_name(view.key.name, group.name)) for group in view.spec.workers}


def tick(snapshot: PoolSnapshot, workloads: Workloads, memory: PoolMemory) -> tuple[News | None, PoolMemory]:
    """What the pool needs a run for, None where nothing; and what the decisions of this tick leave behind."""
    spec = snapshot.view.spec
    if spec is None:
        return None, memory
    decisions = _decisions(snapshot, spec, workloads, memory)
    scaling = {name: decision.memory for name, decision in decisions.items()}
    left = replace(memory, scaling=scaling)
    if _wants_other_replicas(decisions, memory) or _somebody_seems_deaf(snapshot, spec, workloads, memory):
        return News.WORKERS, left
    return News.WORDS if _is_news(snapshot, decisions, memory) else None, left


def _somebody_seems_deaf(snapshot: PoolSnapshot, spec: PoolSpec, workloads: Workloads, memory: PoolMemory) -> bool:
    """Whether a worker lacks queues in a group whose pods nobody looks at."""
    unwatched = [group for group in spec.workers if not memory.retirement_of(group.name).look]
    return any(
        seems_deaf(group_snapshot(snapshot, group, workloads.get(group.name)), tuple(group.queues))
        for group in unwatched
    )


def _decisions(
    snapshot: PoolSnapshot, spec: PoolSpec, workloads: Workloads, memory: PoolMemory
) -> Mapping[str, Decision]:
    return {
        group.name: decide_group(
            snapshot, spec, group, workloads.get(group.name), memory.scaling.get(group.name, NOTHING_REMEMBERED)
        )
        for group in spec.workers
    }


NOTHING_REMEMBERED = ScalingMemory()


def _wants_other_replicas(decisions: Mapping[str, Decision], memory: PoolMemory) -> bool:
    """Whether a goal or a limit is not the last run's."""
    known = {name: (replicas, ceiling) for name, (replicas, _, ceiling) in memory.decided.items()}
    return {name: (decision.replicas, decision.ceiling) for name, decision in decisions.items()} != known


def _is_news(snapshot: PoolSnapshot, decisions: Mapping[str, Decision], memory: PoolMemory) -> bool:
    """Another reason than the last run's, another state of Redis, or numbers that have waited long enough."""
    if snapshot.reading.state.reachable != memory.reachable:
        return True
    if any(outline(decision) != memory.decided.get(name) for name, decision in decisions.items()):
        return True
    waited = snapshot.now - memory.status_written_at
    return waited >= NUMBERS_EVERY_SECONDS and numbers(snapshot.reading.groups) != memory.numbers


def outline(decision: Decision) -> tuple[int, str, int]:
    """What of a decision makes it another one; its sentence has numbers in it that move all the time."""
    return decision.replicas, decision.reason.code, decision.ceiling


def numbers(groups: Mapping[str, GroupReading]) -> Mapping[str, Work]:
    """What moves in the status of each group while no decision changes."""
    return {name: work_of(reading, 1) for name, reading in groups.items()}
