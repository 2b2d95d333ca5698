"""What ``/explain/NAMESPACE/POOL`` answers and ``revrx-operator explain`` shows.

Times are seconds, loads are tasks.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Entry(BaseModel):
    """camelCase on the wire; what a newer operator adds is passed over."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Why(Entry):
    """A reason as status, events and metrics have it."""

    reason: str
    message: str


class Verdict(Why):
    """How many replicas, and why."""

    replicas: int


class ConditionLine(Why):
    """A condition of the pool, as its status has it."""

    type: str
    status: str


class Broker(Entry):
    """The pool's Redis as the operator sees it."""

    where: str
    """Host and port, without user and password."""
    reachable: bool
    failures: int
    """Readings in a row that failed."""
    message: str


class Replicas(Entry):
    """What runs for a group."""

    asked: int
    existing: int
    ready: int
    rolling: bool


class Usage(Entry):
    """What the HPA measures, in percent of the request; None where nobody does."""

    percent: int | None
    target: int


class Inputs(Entry):
    """What the targets are worked out from."""

    waiting: int
    running: int
    """Tasks that workers hold and that are due."""
    running_that_stays: int
    """The same without those that go away with their workers: what counts as demand."""
    unacked: int | None
    """Handed to a worker and not acknowledged; None where there are too many to look through."""
    eta: int
    """Of these, those that wait for their time."""
    workers_heard: int
    """Workers whose heartbeat is fresh; where it is 0, Redis alone tells what runs."""
    oldest_wait: float | None
    max_wait: int | None
    service: float | None
    """Mean of one task; None before enough have finished."""
    slots_in_use: int
    slots: int
    busy: int
    throttled_ago: float | None
    """Since an API last answered 429; None where none did."""


class Limit(Entry):
    """The least or the most replicas, and where that is said."""

    replicas: int
    said_by: str


class Target(Verdict):
    """What one signal asks for."""

    wins: bool


class Pace(Entry):
    """What slows shrinking down."""

    highest_wanted: int
    within: int
    """Seconds of the stabilisation window."""
    gone: int
    """Replicas taken away within the last minute."""
    per_minute: int


class Retiring(Entry):
    """A worker that is on its way out."""

    pod: str
    since: float
    """Seconds ago."""
    holds: int | None
    """Tasks, as it last said; None where it has said nothing."""


class Past(Verdict):
    """An earlier decision, with what it was made from."""

    at: datetime
    previous: int | None
    waiting: int | None = None
    running: int | None = None
    oldest_wait: float | None = None
    service: float | None = None


class Group(Entry):
    """One worker group."""

    name: str
    queues: tuple[str, ...]
    replicas: Replicas | None
    """None while it has no Deployment."""
    inputs: Inputs | None
    """None where Redis was not read."""
    cpu: Usage
    memory: Usage
    targets: tuple[Target, ...]
    floor: Limit
    ceiling: Limit
    pace: Pace | None
    """None while no demand was seen."""
    retiring: tuple[Retiring, ...]
    goal: Verdict
    """What is decided at this moment."""
    held: tuple[Why, ...]
    """What keeps the replicas from being what the winner asks for within the bounds."""
    decisions: tuple[Past, ...]
    """Oldest first."""


class Explanation(Entry):
    """One pool at one moment."""

    namespace: str
    pool: str
    at: datetime
    paused: bool
    drained: bool = False
    """Whether all groups are; an operator of an earlier version does not say."""
    broker: Broker | None
    """None while its address is not known."""
    conditions: tuple[ConditionLine, ...]
    groups: tuple[Group, ...]
