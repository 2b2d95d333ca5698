"""A pool's Redis: where it is, and what it and the workers say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class Tls(NamedTuple):
    """How the certificate of a Redis is verified."""

    ca: str = ""
    """Certificates of the CAs to trust besides the system's, PEM."""
    verify: Literal["required", "optional", "none"] = "required"
    check_hostname: bool = True


class SentinelMaster(NamedTuple):
    """The Redis that Sentinels know by this name."""

    name: str
    password: str = ""
    """Of the Sentinels themselves; empty where they ask for none."""
    namespace: str = ""
    """Where a host name of one label that they answer is looked up."""


class BrokerAddress(NamedTuple):
    """A Redis, and how the app's transport lays out its keys there."""

    url: str
    """redis://, rediss://, or one sentinel:// for each Sentinel, joined by semicolons; no query."""
    key_prefix: str = ""
    priority_steps: tuple[int, ...] = (0, 3, 6, 9)
    priority_separator: str = "\x06\x16"
    tls: Tls | None = None
    """None where the connection is plain. With Sentinel it goes for the Sentinels as well."""
    sentinel: SentinelMaster | None = None

    @property
    def server(self) -> "BrokerAddress":
        """What connections are shared by: the same Redis, entered the same way, however keys are laid out."""
        return BrokerAddress(self.url, tls=self.tls, sentinel=self.sentinel)


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """What Redis holds for the queues of one worker group, in tasks."""

    waiting: int = 0
    """In the queues' lists, all priorities together."""
    unacked: int | None = 0
    """Handed to a worker and not acknowledged, eta tasks included; None where there were too many to look through."""
    eta: int = 0
    """Of the unacked, those that wait for their eta and need no slot now."""
    oldest_enqueued_at: float | None = None
    """When the task that has waited longest was sent, or its eta came; None where nothing that is due waits. Where
    messages carry no stamp, since when the end of the queue has not moved: the task is at least that old."""

    @property
    def running(self) -> int:
        """Tasks that workers hold and would run now; 0 where unknown."""
        return 0 if self.unacked is None else self.unacked - self.eta


@dataclass(frozen=True, slots=True)
class WorkerBeat:
    """What one worker last said of itself."""

    heard_at: float
    active: int
    """Tasks that it runs."""
    held: int | None = None
    """Tasks that it runs or has fetched ahead and that are due; None from an app without revrx_worker."""
    queues: frozenset[str] | None = None
    """Queues that it takes tasks from; None from an app without revrx_worker."""
    leaving: bool = False
    """It shuts down: it finishes what it runs and takes nothing new."""


@dataclass(frozen=True, slots=True)
class GroupReading:
    """What Redis and the workers say about one worker group."""

    queues: QueueLoad = QueueLoad()
    workers: Mapping[str, WorkerBeat] = field(default_factory=dict)
    """By pod name, those heard within the last three beats."""
    service_seconds: float | None = None
    """Mean time that a task took lately; None before enough have finished."""
    throttled_at: float | None = None
    """When a worker last reported that an API answered 429."""


@dataclass(frozen=True, slots=True)
class BrokerState:
    """Whether the pool's Redis answered, and if not, for how many readings in a row."""

    reachable: bool
    message: str = ""
    failures: int = 0


@dataclass(frozen=True, slots=True)
class BrokerReading:
    """One look at a pool's Redis: its state, and what it and the workers say about each group, by the group's name."""

    state: BrokerState
    groups: Mapping[str, GroupReading] = field(default_factory=dict)
