"""How long the oldest message of a list has waited."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple


class Message(NamedTuple):
    """What is read of a waiting message: never its body."""

    tag: str
    """kombu's delivery_tag: every message has one of its own."""
    stamp: float | None
    """Header revrx-enqueued-at: when it was sent, by the sender's clock; None from an app without revrx_worker."""
    eta: float | None
    """When its task is due; None where it is due at once."""


class WaitingSince:
    """Since when lists have waited; remembers when it first saw the messages that carry no stamp."""

    def __init__(self) -> None:
        self._first_seen: dict[tuple[str, str], float] = {}

    def of(self, tails: Mapping[str, Sequence[Message]], now: float) -> dict[str, float]:
        """By list, since when the oldest due message among those at its tail waits; lists without one are left out.

        A message that was to wait for its eta counts from then. One without a stamp counts from when it was first seen
        here: it is at least that old.
        """
        before, self._first_seen = self._first_seen, {}
        since: dict[str, float] = {}
        for key, messages in tails.items():
            times = [self._since(key, message, before, now) for message in messages]
            due = [time for time in times if time is not None]
            if due:
                since[key] = min(*due, now)
        return since

    def _since(self, key: str, message: Message, before: Mapping[tuple[str, str], float], now: float) -> float | None:
        if message.eta is not None:
            return message.eta if message.eta <= now else None
        if message.stamp is not None:
            return message.stamp
        first_seen = before.get((key, message.tag), now)
        self._first_seen[key, message.tag] = first_seen
        return first_seen


def parse_messages(flat: Sequence[bytes]) -> tuple[Message, ...]:
    """Messages from the tags, stamps and etas that the script returns one after the other."""
    triples = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    return tuple(Message(tag.decode(), _seconds(stamp), _time(eta)) for tag, stamp, eta in triples)


def _seconds(text: bytes) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _time(text: bytes) -> float | None:
    """Seconds since 1970; None where there is no time, as in a message whose eta is null."""
    try:
        moment = datetime.fromisoformat(text.decode())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
