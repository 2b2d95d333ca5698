"""One trace under one scaler, from the first arrival until everything that came has started."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.policy.clock import Clock
from bench.policy.fleet import Fleet, Task
from bench.policy.traces import Trace
from revrx_operator.api.spec import WorkerGroup

TAIL_SECONDS = 1800.0
"""Counted after the trace, for every scaler alike: what is left is done and the pods go."""

MakeScaler = Callable[[Clock, Fleet, random.Random], object]
"""Puts a scaler in charge of the fleet: it asks the clock for its turns."""


@dataclass(frozen=True)
class Subject:
    """A scaler with its settings, and the Deployment that it scales."""

    name: str
    group: WorkerGroup
    grace_seconds: float
    make: MakeScaler


@dataclass(frozen=True)
class Outcome:
    """What became of a trace."""

    waits: Sequence[float]
    """Seconds from enqueue to first start, of each task."""
    replica_hours: float
    """Of pods from creation to end, start-up and shutdown included."""
    taken_running: int
    interrupted: int
    history: Sequence[tuple[float, int]]
    """Each value of spec.replicas, and since when."""

    @property
    def actions(self) -> int:
        """Writes that changed spec.replicas."""
        return len(self.history) - 1


def simulate(trace: Trace, subject: Subject, seed: int) -> Outcome:
    """Play the trace; the seed decides start-up times, phases of polling and which pods a ReplicaSet takes."""
    clock, chance = Clock(), random.Random(seed)  # noqa: S311 - nothing is secret here
    fleet = Fleet(clock, subject.group, chance, subject.grace_seconds)
    subject.make(clock, fleet, chance)
    tasks = [Task(moment, seconds) for moment, seconds in trace.arrivals]
    for task in tasks:
        clock.at(task.enqueued_at, lambda task=task: fleet.enqueue(task))
    clock.run(trace.seconds + TAIL_SECONDS)
    return Outcome(
        waits=[task.wait_seconds for task in tasks],
        replica_hours=fleet.pod_seconds() / 3600,
        taken_running=fleet.taken_running,
        interrupted=fleet.interrupted,
        history=fleet.history,
    )
