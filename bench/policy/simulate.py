"""One trace under one scaler."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bench.policy.chance import chance_of
from bench.policy.clock import Clock
from bench.policy.fleet import STARTUP_SECONDS, Fleet, Task
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
    startup_seconds: Sequence[float] = STARTUP_SECONDS


@dataclass(frozen=True)
class Seen:
    """What became of a trace, as far as it can be seen from outside."""

    waits: Sequence[float]
    """Seconds from enqueue to first start, of each task in the order of the trace, or to the end of the look."""
    seconds: float
    """How long was looked at."""
    history: Sequence[tuple[float, int]]
    """Each value of spec.replicas, and since when."""

    def mean_replicas(self, begin: float, end: float) -> float:
        """Of spec.replicas between two moments."""
        until = [*(at for at, _ in self.history[1:]), end]
        parts = [
            max(0.0, min(to, end) - max(at, begin)) * count for (at, count), to in zip(self.history, until, strict=True)
        ]
        return sum(parts) / (end - begin)

    @property
    def replica_seconds(self) -> float:
        """Of spec.replicas, which leaves out pods that are shutting down."""
        return self.mean_replicas(0, self.seconds) * self.seconds

    @property
    def actions(self) -> int:
        """Writes that changed spec.replicas."""
        return len(self.history) - 1


@dataclass(frozen=True)
class Outcome(Seen):
    """What became of a simulated trace."""

    replica_hours: float
    """Of pods from creation to end, start-up and shutdown included."""
    taken_running: int
    """Tasks that ran in a pod when it was told to stop."""
    interrupted: int
    """Tasks that were killed at the end of their pod's grace period."""


def simulate(trace: Trace, subject: Subject, seed: int, *, tail_seconds: float = TAIL_SECONDS) -> Outcome:
    """Play the trace; the seed decides start-up times, phases of polling and which pods a ReplicaSet takes."""
    clock, chance = Clock(), chance_of(seed)
    fleet = Fleet(clock, subject.group, chance, subject.grace_seconds, subject.startup_seconds)
    subject.make(clock, fleet, chance)
    tasks = [Task(moment, seconds) for moment, seconds in trace.arrivals]
    for task in tasks:
        clock.at(task.enqueued_at, partial(fleet.enqueue, task))
    clock.run(trace.seconds + tail_seconds)
    return Outcome(
        waits=[task.wait_seconds(clock.now) for task in tasks],
        seconds=clock.now,
        history=fleet.history,
        replica_hours=fleet.pod_seconds() / 3600,
        taken_running=fleet.taken_running,
        interrupted=fleet.interrupted,
    )
