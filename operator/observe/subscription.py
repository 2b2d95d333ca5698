"""Listening to what the workers on one Redis publish."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing

from redis.asyncio.client import PubSub
from redis.exceptions import NoPermissionError, RedisError

from revrx_operator.model import BrokerAddress
from revrx_operator.observe.backoff import Backoff
from revrx_operator.observe.broker_faults import told
from revrx_operator.observe.cancellation import is_cancelled
from revrx_operator.observe.celery_events import Channel, channels_of
from revrx_operator.observe.connection import CLIENT_NAME, open_redis
from revrx_operator.observe.lookup import Lookup

NAME = f"{CLIENT_NAME}-events"

log = logging.getLogger(__name__)

MESSAGES_AT_A_STRETCH = 20
LOOK_UP_SECONDS = 1.0
"""Between two looks for channels that were added, when nothing is published."""


class Subscription:
    """One connection of its own, on which a Redis is listened to; it is made anew whenever it is lost.

    No request goes over it once it is made. While it is away the workers fall silent, and that is all.
    """

    def __init__(self, address: BrokerAddress, lookup: Lookup, on_message: Callable[[Channel, bytes], None]) -> None:
        self._address = address
        self._lookup = lookup
        self._on_message = on_message
        self._channels: dict[str, Channel] = {}
        self._doubted = False
        self.notice = ""
        """What keeps it from listening though Redis can be read."""

    def listen_to(self, address: BrokerAddress) -> None:
        """The workers of an app with this layout of keys, from now on."""
        self._channels.update(channels_of(address))

    def doubt(self) -> None:
        """Connect anew: Redis was away, and a connection whose other end is gone looks like one that is quiet."""
        self._doubted = True

    async def run(self) -> None:
        """Listen until cancelled."""
        backoff = Backoff()
        while not is_cancelled():
            try:
                await self._listen(backoff)
            except (RedisError, OSError) as error:
                self.notice = told(error, self._address) if isinstance(error, NoPermissionError) else ""
                seconds = backoff.next()
                log.debug("%s; again in %.1f s", error, seconds)
                await asyncio.sleep(seconds)

    async def _listen(self, backoff: Backoff) -> None:
        """Listen until the connection is lost. Raises RedisError or OSError."""
        await self._lookup.answered()
        self._doubted = False
        async with aclosing(open_redis(self._address, client_name=NAME)) as redis, redis.pubsub() as pubsub:
            subscribed: set[str] = set()
            while not (self._doubted or is_cancelled()):
                await self._subscribe(pubsub, subscribed)
                await self._hear(pubsub)
                backoff.reset()
                self.notice = ""
                await asyncio.sleep(0)  # messages that are there already are read without a pause

    async def _subscribe(self, pubsub: PubSub, subscribed: set[str]) -> None:
        missing = self._channels.keys() - subscribed
        if missing:
            await pubsub.subscribe(*missing)
            subscribed |= missing

    async def _hear(self, pubsub: PubSub) -> None:
        for _ in range(MESSAGES_AT_A_STRETCH):
            message = await pubsub.get_message(timeout=LOOK_UP_SECONDS)
            if message is None:
                return
            if message["type"] == "message":
                self._on_message(self._channels[message["channel"].decode()], message["data"])
