"""What the controller knows of a pool at one moment, for those who only look: explanations, summaries, metrics."""

from collections.abc import Iterator
from dataclasses import dataclass

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.history import GroupHistory, History
from revrx_operator.model import GroupReading, PoolKey, PoolMemory, PoolSnapshot, Workload
from revrx_operator.plan.demand import Work, work_of
from revrx_operator.plan.tick import Workloads
from revrx_operator.plan.windows import bounds_at


@dataclass(frozen=True, slots=True)
class GroupState:
    """One worker group of the spec."""

    pool: PoolKey
    now: float
    spec: WorkerGroup
    workload: Workload | None
    reading: GroupReading | None
    """None where Redis was not read."""
    history: GroupHistory | None
    """None before the first run."""

    @property
    def work(self) -> Work | None:
        """None where Redis was not read: what it said earlier is not remembered."""
        return work_of(self.reading, self.spec.concurrency) if self.reading else None

    @property
    def ceiling(self) -> int:
        """The most replicas that may be asked for now, by the spec and the windows that are open."""
        return bounds_at(self.spec.scaling, self.now).ceiling.replicas


@dataclass(frozen=True, slots=True)
class PoolState:
    """A pool."""

    snapshot: PoolSnapshot
    workloads: Workloads
    memory: PoolMemory
    history: History

    def groups(self) -> Iterator[GroupState]:
        """The groups of the spec; none where it cannot be read."""
        snapshot = self.snapshot
        for group in snapshot.view.spec.workers if snapshot.view.spec else ():
            yield GroupState(
                pool=snapshot.view.key,
                now=snapshot.now,
                spec=group,
                workload=self.workloads.get(group.name),
                reading=snapshot.reading.groups.get(group.name),
                history=self.history.get(group.name),
            )
