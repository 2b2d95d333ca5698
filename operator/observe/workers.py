"""What the workers of the groups on one Redis last said of themselves."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Generic, NamedTuple, TypeVar

from revrx_operator.model import GroupReading, QueueLoad, WorkerBeat
from revrx_operator.observe.celery_events import Heartbeat, Throttled
from revrx_operator.observe.pod_names import possible_stems, stem_of
from revrx_operator.observe.service_time import ServiceTime

MISSED_BEATS = 3
"""A worker unheard for so many is not there any more."""

G = TypeVar("G", bound=Hashable)


class GroupWorkers:
    """The workers of one group."""

    def __init__(self) -> None:
        self._beats: dict[str, tuple[WorkerBeat, float]] = {}
        self._service_time = ServiceTime()
        self._throttled_at: float | None = None

    def heard(self, pod: str, event: Heartbeat | Throttled, now: float) -> None:
        """One of them said something."""
        if isinstance(event, Throttled):
            self._throttled_at = now
            return
        words = event.revrx
        beat = (
            WorkerBeat(now, event.active)
            if words is None
            else WorkerBeat(now, event.active, words.held, words.queues, words.leaving)
        )
        self._beats[pod] = beat, MISSED_BEATS * event.freq
        self._service_time.heard(pod, now, event.active, event.processed)

    def reading(self, queues: QueueLoad, now: float) -> GroupReading:
        """All that is known of the group, those left out that have fallen silent."""
        for pod in [pod for pod, (beat, patience) in self._beats.items() if now - beat.heard_at > patience]:
            del self._beats[pod]
        self._service_time.forget_silent(now)
        workers = {pod: beat for pod, (beat, _) in self._beats.items()}
        return GroupReading(queues, workers, self._service_time.seconds, self._throttled_at)


class WorkerName(NamedTuple):
    """What tells the workers of a group from others: their app's key prefix, their group, their Deployment."""

    key_prefix: str
    group: str
    deployment: str


class WorkersIndex(Generic[G]):
    """Finds the groups that a worker belongs to by its node name, in a few dictionary accesses.

    They are several where pools of one name in several namespaces share a Redis: a node name holds no namespace.
    """

    def __init__(self) -> None:
        self._groups: dict[G, tuple[WorkerName, GroupWorkers]] = {}
        self._by_name: defaultdict[WorkerName, set[G]] = defaultdict(set)

    def add(self, group: G, name: WorkerName) -> None:
        """Listen for the workers of this group; what is known of them stays, if their name is the same."""
        known = self._groups.get(group)
        if known and known[0] == name:
            return
        self.remove(group)
        self._groups[group] = name, GroupWorkers()
        self._by_name[_key(name)].add(group)

    def remove(self, group: G) -> None:
        """Forget this group."""
        known = self._groups.pop(group, None)
        if known is None:
            return
        key = _key(known[0])
        self._by_name[key].discard(group)
        if not self._by_name[key]:
            del self._by_name[key]

    def reading(self, group: G, queues: QueueLoad, now: float) -> GroupReading:
        """All that is known of the group."""
        return self._groups[group][1].reading(queues, now)

    def heard(self, key_prefix: str, event: Heartbeat | Throttled, now: float) -> None:
        """A worker said something; one that belongs to none of the groups is not ours."""
        group, _, pod = event.hostname.partition("@")
        for known in self._named(key_prefix, group, pod):
            self._groups[known][1].heard(pod, event, now)

    def _named(self, key_prefix: str, group: str, pod: str) -> Iterable[G]:
        for stem in possible_stems(pod):
            groups = self._by_name.get(WorkerName(key_prefix, group, stem))
            if groups:
                return groups
        return ()


def _key(name: WorkerName) -> WorkerName:
    return name._replace(deployment=stem_of(name.deployment))
