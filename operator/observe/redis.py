"""What one Redis holds for the queues of many worker groups, in one round trip."""

import time
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from hashlib import sha1
from importlib.resources import files
from typing import Any, TypeVar

from redis.exceptions import NoPermissionError, NoScriptError, RedisError, ResponseError

from revrx_operator.model import BrokerAddress, QueueLoad
from revrx_operator.observe.ages import WaitingSince, parse_messages
from revrx_operator.observe.broker_faults import told
from revrx_operator.observe.connection import open_redis
from revrx_operator.observe.lookup import Lookup
from revrx_operator.observe.queues import Counts, GroupQueues, Unacked, parse_unacked

MOST_UNACKED = 2000
"""Unacknowledged messages above which their queues are not told apart."""
MESSAGES_AT_THE_END = 10
"""Of a list, looked at for one that is due."""
ASK_FOR_SCRIPTS_AGAIN_SECONDS = 60.0

SCRIPT = files(__package__).joinpath("read_queues.lua").read_text()
SCRIPT_SHA = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()

G = TypeVar("G", bound=Hashable)


class BrokerError(Exception):
    """Redis could not be read; the text is for people and holds no password."""


class RedisReader:
    """Reads one Redis over one connection, which it makes anew after a failure."""

    def __init__(self, address: BrokerAddress, lookup: Lookup, clock: Callable[[], float] = time.time) -> None:
        """``clock`` gives seconds since 1970: the ages of messages are measured by it."""
        self._address = address
        self._redis = open_redis(address)
        self._lookup = lookup
        self._clock = clock
        self._waiting_since = WaitingSince()
        self._connected = False
        self._no_scripts_before = 0.0
        self.round_trips = 0
        """Requests sent so far."""
        self.notice = ""
        """What people should know although Redis answers."""

    async def read(self, groups: Mapping[G, GroupQueues]) -> dict[G, QueueLoad]:
        """The load of each group, all as of the same moment. Raises BrokerError."""
        lists = list(dict.fromkeys(key for group in groups.values() for key in group.lists))
        hashes = list(dict.fromkeys(group.unacked for group in groups.values()))
        try:
            if not self._connected:
                await self._lookup.answered()
            counts = await self._counts(lists, hashes)
        except (RedisError, OSError) as error:
            self._connected = False
            raise BrokerError(told(error, self._address)) from error
        self._connected = True
        return {name: counts.load(group) for name, group in groups.items()}

    async def close(self) -> None:
        """Give the connection back."""
        await self._redis.aclose()

    async def _counts(self, lists: list[str], hashes: list[str]) -> Counts:
        now = self._clock()
        if now < self._no_scripts_before:
            return await self._count_plainly(lists, hashes)
        try:
            counts = await self._count_by_script(lists, hashes, now)
        except ResponseError as error:
            if not _is_refusal(error):
                raise
            self._no_scripts_before = now + ASK_FOR_SCRIPTS_AGAIN_SECONDS
            self.notice = _no_scripts(error)
            return await self._count_plainly(lists, hashes)
        self.notice = ""
        return counts

    async def _count_by_script(self, lists: list[str], hashes: list[str], now: float) -> Counts:
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        lengths, ends, unacked = await self._run(
            len(lists) + len(hashes), *lists, *hashes, len(lists), MOST_UNACKED, moment, MESSAGES_AT_THE_END
        )
        tails = {lists[i - 1]: parse_messages(flat) for i, flat in zip(ends[::2], ends[1::2], strict=True)}
        return Counts(
            waiting=dict(zip(lists, lengths, strict=True)),
            since=self._waiting_since.of(tails, now),
            unacked=dict(zip(hashes, map(parse_unacked, unacked), strict=True)),
        )

    async def _run(self, *arguments: Any) -> Any:
        """EVAL leaves the script behind for EVALSHA, until Redis restarts."""
        self.round_trips += 1
        try:
            return await self._redis.evalsha(SCRIPT_SHA, *arguments)
        except NoScriptError:
            self.round_trips += 1
            return await self._redis.eval(SCRIPT, *arguments)

    async def _count_plainly(self, lists: list[str], hashes: list[str]) -> Counts:
        """Without a script: no ages, and what is unacknowledged is not told apart by queue."""
        self.round_trips += 1
        async with self._redis.pipeline(transaction=False) as pipeline:
            for key in lists:
                pipeline.llen(key)
            for key in hashes:
                pipeline.hlen(key)
            answers = await pipeline.execute()
        return Counts(
            waiting=dict(zip(lists, answers, strict=False)),
            since={},
            unacked={key: Unacked(None if n else {}) for key, n in zip(hashes, answers[len(lists) :], strict=True)},
        )


def _is_refusal(error: ResponseError) -> bool:
    """Whether the user may not run the script, or what the script runs, or scripts are disabled by renaming.

    Of a command within the script Redis 7.0 and later word it one way each (script.c, scriptVerifyACL).
    """
    text = str(error)
    return isinstance(error, NoPermissionError) or any(
        words in text for words in ("unknown command", "ACL failure in script", "executing the script can't run")
    )


def _no_scripts(error: ResponseError) -> str:
    return (
        "Redis lets this user run no script, so how long tasks have waited is not known, nor which queue the running "
        "ones are of; grant it +eval +evalsha +llen +lindex +hlen +hvals. Redis says: "
        f"{error}"
    )
