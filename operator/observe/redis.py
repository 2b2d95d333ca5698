"""What one Redis holds for the queues of many worker groups, in one round trip."""

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from revrx_operator.model import BrokerAddress, QueueLoad

READ_TIMEOUT_SECONDS = 2.0
MOST_UNACKED = 2000
"""Unacknowledged messages above which their queues are not told apart."""

G = TypeVar("G", bound=Hashable)


class BrokerError(Exception):
    """Redis could not be read; the text is for people and holds no password."""


class GroupQueues(NamedTuple):
    """The queues of one worker group, and how their keys are made."""

    address: BrokerAddress
    queues: tuple[str, ...]

    def lists(self) -> list[str]:
        """Keys of every list that messages of the group may wait in.

        A priority step other than 0 has a list of its own (kombu 5.7.0, transport/redis.py, Channel._q_for_pri).
        """
        prefix, separator = self.address.key_prefix, self.address.priority_separator
        suffixes = [f"{separator}{step}" if step else "" for step in self.address.priority_steps]
        return [f"{prefix}{queue}{suffix}" for queue in self.queues for suffix in suffixes]

    def unacked_key(self) -> str:
        """Key of the hash of delivered, not yet acknowledged messages."""
        return f"{self.address.key_prefix}unacked"


@dataclass(frozen=True, slots=True)
class _Unacked:
    """Delivered messages of one key prefix, by routing key as JSON spells it: (messages, of these with an eta)."""

    by_routing_key: Mapping[str, tuple[int, int]] | None
    """None where there were too many to look through."""

    def of(self, queues: Iterable[str]) -> tuple[int | None, int]:
        if self.by_routing_key is None:
            return None, 0
        # A message to a queue without an exchange of its own carries the queue's name as its routing key.
        counts = [self.by_routing_key.get(json.dumps(queue)[1:-1], (0, 0)) for queue in queues]
        return sum(messages for messages, _ in counts), sum(etas for _, etas in counts)


class RedisReader:
    """Reads one Redis over one connection."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            single_connection_client=True,
            socket_timeout=READ_TIMEOUT_SECONDS,
            socket_connect_timeout=READ_TIMEOUT_SECONDS,
            client_name="revrx-operator",
            retry=Retry(NoBackoff(), 0),  # the next tick is the retry
        )
        self._script = self._redis.register_script(files(__package__).joinpath("read_queues.lua").read_text())

    async def read(self, groups: Mapping[G, GroupQueues]) -> dict[G, QueueLoad]:
        """The load of each group, all as of the same moment. Raises BrokerError."""
        lists = list(dict.fromkeys(key for group in groups.values() for key in group.lists()))
        hashes = list(dict.fromkeys(group.unacked_key() for group in groups.values()))
        lengths, unacked = await self._run(lists, hashes)
        waiting = dict(zip(lists, lengths, strict=True))
        held = dict(zip(hashes, map(_parse, unacked), strict=True))
        return {name: _load(group, waiting, held[group.unacked_key()]) for name, group in groups.items()}

    async def close(self) -> None:
        """Give the connection back."""
        await self._redis.aclose()

    async def _run(self, lists: list[str], hashes: list[str]) -> Any:
        try:
            return await self._script(keys=[*lists, *hashes], args=[len(lists), MOST_UNACKED])
        except (RedisError, OSError) as error:
            raise BrokerError(str(error) or type(error).__name__) from error


def _parse(flat: list[Any]) -> _Unacked:
    if len(flat) == 1:
        return _Unacked(None)
    triples = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    return _Unacked({routing_key.decode(): (messages, etas) for routing_key, messages, etas in triples})


def _load(group: GroupQueues, waiting: Mapping[str, int], held: _Unacked) -> QueueLoad:
    unacked, eta = held.of(group.queues)
    return QueueLoad(waiting=sum(waiting[key] for key in group.lists()), unacked=unacked, eta=eta)
