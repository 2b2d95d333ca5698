"""What is seen of the workers at one moment. Times are seconds since the epoch; on kind, pods share our clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Beat(NamedTuple):
    """What a worker last said of itself."""

    at: float
    queues: frozenset[str]
    """Those that it takes tasks from."""
    held: int
    """Tasks that it runs or has fetched."""


class Pod(NamedTuple):
    """A pod of the workers."""

    ready: bool
    leaving: bool
    """It is being deleted."""
    retiring: bool
    """The operator has marked it."""
    template: str
    """Hash of the template that it was made from."""


class Deletion(NamedTuple):
    """A pod that somebody asked to be deleted."""

    pod: str
    at: float
    template: str


@dataclass(frozen=True)
class Sight:
    """All of it at one moment."""

    at: float
    replicas: int | None = None
    """spec.replicas; None where there is no Deployment."""
    pods: Mapping[str, Pod] = field(default_factory=dict)
    reports: Mapping[str, int] = field(default_factory=dict)
    """How many of the round's reports are in each state."""

    @property
    def running(self) -> int:
        """Reports that run."""
        return self.reports.get("running", 0)

    @property
    def unfinished(self) -> int:
        """Reports that run or wait."""
        return self.running + self.reports.get("queued", 0)

    @property
    def ready(self) -> int:
        """Workers that are Ready and stay."""
        return sum(pod.ready and not pod.leaving for pod in self.pods.values())

    def at_rest(self, minimum: int) -> bool:
        """Say whether as many workers stand as have to, no other pod is left, and nothing is to be done."""
        return self.replicas == minimum == self.ready == len(self.pods) and not self.unfinished

    def __str__(self) -> str:
        return f"{self.running} running, {self.replicas} replicas, {self.ready} Ready of {len(self.pods)} pods"
