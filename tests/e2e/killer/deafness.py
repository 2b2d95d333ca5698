"""Which Ready workers take no tasks, and for how long."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.e2e.killer.sights import Beat, Pod

UNHEARD_SECONDS = 7.0
"""Three beats. A worker that is not heard cannot be believed to take tasks: it may have lost its Redis for good."""


def without_queues(pods: Mapping[str, Pod], beats: Mapping[str, Beat], queues: frozenset[str], now: float) -> set[str]:
    """The Ready pods that stay and take no tasks from one of the queues, for whatever reason."""

    def takes_tasks(name: str) -> bool:
        beat = beats.get(name)
        return beat is not None and now - beat.at <= UNHEARD_SECONDS and queues <= beat.queues

    return {name for name, pod in pods.items() if pod.ready and not pod.leaving and not takes_tasks(name)}


def deaf(pods: Mapping[str, Pod], beats: Mapping[str, Beat], queues: frozenset[str], now: float) -> set[str]:
    """Those of them that have no reason: not marked as retiring, or nothing left to finish."""

    def finishes_something(name: str) -> bool:
        beat = beats.get(name)
        return pods[name].retiring and beat is not None and beat.held > 0

    return {name for name in without_queues(pods, beats, queues, now) if not finishes_something(name)}


class Spell(NamedTuple):
    """A pod was in a state for a time."""

    pod: str
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.ended - self.began


@dataclass
class Spells:
    """How long each pod has been in a state, from looks of every second or so."""

    over: list[Spell] = field(default_factory=list)
    going_on: dict[str, Spell] = field(default_factory=dict)

    def look(self, now: float, pods: Collection[str]) -> None:
        """Take note of which pods are in that state now."""
        self.over += [self.going_on.pop(name) for name in set(self.going_on).difference(pods)]
        for name in pods:
            began = self.going_on[name].began if name in self.going_on else now
            self.going_on[name] = Spell(name, began, now)

    @property
    def longest(self) -> Spell:
        """The longest spell so far; an empty one where there was none."""
        spells = [*self.over, *self.going_on.values()]
        return max(spells, key=lambda spell: spell.seconds, default=Spell("", 0, 0))
