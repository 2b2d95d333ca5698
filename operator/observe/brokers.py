"""All Redises behind all pools: each is read on its own, so that one that is away delays no other."""

import asyncio
from collections.abc import Callable, Mapping
from contextvars import Context
from types import TracebackType

from revrx_operator.model import BrokerAddress, BrokerReading, BrokerState, PoolKey
from revrx_operator.observe.poller import Poller, Tick

NOT_READ = BrokerReading(BrokerState(reachable=False, message="Redis was not read yet"))


def _ignore(_: Tick) -> None:
    """Nobody counts ticks."""


class Brokers:
    """Reads every Redis once a tick for all its pools, and tells which pools have a new reading.

    Used as a context: a fault in one of its tasks, which would be a defect, ends the context and with it the operator.
    """

    def __init__(
        self, tick_seconds: float, on_reading: Callable[[PoolKey], None], observe: Callable[[Tick], None] = _ignore
    ) -> None:
        """``observe`` is told how each reading of each Redis went."""
        self._tick_seconds = tick_seconds
        self._on_reading = on_reading
        self._observe = observe
        self._servers: dict[PoolKey, BrokerAddress] = {}
        self._pollers: dict[BrokerAddress, Poller] = {}
        self._tasks: dict[BrokerAddress, asyncio.Task[None]] = {}
        self._readings: dict[PoolKey, BrokerReading] = {}
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> "Brokers":
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop reading."""
        for task in self._tasks.values():
            task.cancel()
        await self._group.__aexit__(kind, error, traceback)

    def watch(self, key: PoolKey, address: BrokerAddress, queues: Mapping[str, tuple[str, ...]]) -> None:
        """Read the queues of a pool's groups from now on, in place of what was read for it before."""
        server = address.server
        if self._servers.get(key) != server:
            self.forget(key)
        self._servers[key] = server
        if server not in self._pollers:
            self._start(server)
        self._pollers[server].watch(key, address, queues)

    def forget(self, key: PoolKey) -> None:
        """Read nothing for this pool any more."""
        self._readings.pop(key, None)
        server = self._servers.pop(key, None)
        if server is None:
            return
        self._pollers[server].forget(key)
        if self._pollers[server].is_idle:
            del self._pollers[server]
            self._tasks.pop(server).cancel()

    def latest(self, key: PoolKey) -> BrokerReading:
        """The last reading for a pool."""
        return self._readings.get(key, NOT_READ)

    def _start(self, server: BrokerAddress) -> None:
        poller = Poller(server, self._tick_seconds, self._note, self._observe)
        self._pollers[server] = poller
        # In a context of its own: it serves many pools, and outlives the run that needs it first.
        self._tasks[server] = self._group.create_task(poller.run(), name="broker", context=Context())

    def _note(self, key: PoolKey, reading: BrokerReading) -> None:
        self._readings[key] = reading
        self._on_reading(key)
