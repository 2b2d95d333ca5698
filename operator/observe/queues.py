"""The keys of a worker group's queues, and what the counts in them mean."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from revrx_operator.model import BrokerAddress, QueueLoad


@dataclass(frozen=True)
class GroupQueues:
    """The queues of one worker group, and how their keys are made."""

    address: BrokerAddress
    queues: tuple[str, ...]

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """Keys of every list that messages of the group may wait in.

        A priority step other than 0 has a list of its own (kombu 5.7.0, transport/redis.py, Channel._q_for_pri).
        """
        prefix, separator = self.address.key_prefix, self.address.priority_separator
        suffixes = [f"{separator}{step}" if step else "" for step in self.address.priority_steps]
        return tuple(f"{prefix}{queue}{suffix}" for queue in self.queues for suffix in suffixes)

    @cached_property
    def unacked(self) -> str:
        """Key of the hash of delivered, not yet acknowledged messages."""
        return f"{self.address.key_prefix}unacked"

    @cached_property
    def routing_keys(self) -> tuple[str, ...]:
        """As JSON spells them: a message to a queue without an exchange of its own carries the queue's name."""
        return tuple(json.dumps(queue)[1:-1] for queue in self.queues)


@dataclass(frozen=True, slots=True)
class Unacked:
    """Delivered messages of one key prefix, by routing key as JSON spells it: (messages, of these with an eta)."""

    by_routing_key: Mapping[str, tuple[int, int]] | None
    """None where there were too many to look through, or looking through them was not allowed."""

    def of(self, routing_keys: Iterable[str]) -> tuple[int | None, int]:
        """Messages with these routing keys, None where unknown, and how many of them wait for their eta."""
        if self.by_routing_key is None:
            return None, 0
        counts = [self.by_routing_key[key] for key in routing_keys if key in self.by_routing_key]
        return sum(messages for messages, _ in counts), sum(etas for _, etas in counts)


def parse_unacked(flat: list[Any]) -> Unacked:
    """A hash as the script tells it: routing key, messages, messages with an eta, ..., or its length alone."""
    if len(flat) == 1:
        return Unacked(None)
    triples = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    return Unacked({routing_key.decode(): (messages, etas) for routing_key, messages, etas in triples})


@dataclass(frozen=True, slots=True)
class Counts:
    """Everything that was read of one Redis at one moment."""

    waiting: Mapping[str, int]
    """By list."""
    since: Mapping[str, float]
    """By list, since when its oldest due message waits; lists without one are left out."""
    unacked: Mapping[str, Unacked]
    """By hash."""

    def load(self, group: GroupQueues) -> QueueLoad:
        """The part of one group."""
        unacked, eta = self.unacked[group.unacked].of(group.routing_keys)
        return QueueLoad(
            waiting=sum(self.waiting[key] for key in group.lists),
            unacked=unacked,
            eta=eta,
            oldest_enqueued_at=min((self.since[key] for key in group.lists if key in self.since), default=None),
        )
