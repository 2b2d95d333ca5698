"""All Redises behind all pools: each is read on its own, so that one that is away delays no other."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from types import TracebackType

from revrx_operator.model import BrokerAddress, BrokerReading, BrokerState, GroupReading, PoolKey
from revrx_operator.observe.redis import BrokerError, GroupQueues, RedisReader

NOT_READ = BrokerReading(BrokerState(reachable=False, message="Redis was not read yet"))

GroupKey = tuple[PoolKey, str]


class Brokers:
    """Reads every Redis once a tick for all its pools, and tells which pools have a new reading.

    Used as a context: a fault in one of its tasks, which would be a defect, ends the context and with it the operator.
    """

    def __init__(self, tick_seconds: float, on_reading: Callable[[PoolKey], None]) -> None:
        self._tick_seconds = tick_seconds
        self._on_reading = on_reading
        self._urls: dict[PoolKey, str] = {}
        self._groups: dict[str, dict[GroupKey, GroupQueues]] = defaultdict(dict)
        self._readings: dict[PoolKey, BrokerReading] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
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
        if self._urls.get(key) != address.url:
            self.forget(key)
        self._urls[key] = address.url
        groups = self._groups[address.url]
        self._drop(groups, key)
        groups.update({(key, name): GroupQueues(address, names) for name, names in queues.items()})
        if address.url not in self._tasks:
            self._tasks[address.url] = self._group.create_task(self._poll(address.url), name="broker")

    def forget(self, key: PoolKey) -> None:
        """Read nothing for this pool any more."""
        self._readings.pop(key, None)
        url = self._urls.pop(key, None)
        if url is None:
            return
        self._drop(self._groups[url], key)
        if not self._groups[url]:
            del self._groups[url]
            self._tasks.pop(url).cancel()

    def latest(self, key: PoolKey) -> BrokerReading:
        """The last reading for a pool."""
        return self._readings.get(key, NOT_READ)

    @staticmethod
    def _drop(groups: dict[GroupKey, GroupQueues], key: PoolKey) -> None:
        for group in [group for group in groups if group[0] == key]:
            del groups[group]

    async def _poll(self, url: str) -> None:
        reader = RedisReader(url)
        clock, due = asyncio.get_running_loop().time, 0.0
        try:
            while not _is_cancelled():
                due = max(due + self._tick_seconds, clock())
                await self._read(reader, dict(self._groups[url]))
                await asyncio.sleep(max(0.0, due + self._tick_seconds - clock()))
        finally:
            await reader.close()

    async def _read(self, reader: RedisReader, groups: Mapping[GroupKey, GroupQueues]) -> None:
        pools = {key for key, _ in groups}
        try:
            loads = await reader.read(groups)
        except BrokerError as error:
            for key in pools:
                self._readings[key] = self._failed(key, str(error))
        else:
            for key in pools:
                mine = {name: GroupReading(load) for (owner, name), load in loads.items() if owner == key}
                self._readings[key] = BrokerReading(BrokerState(reachable=True), mine)
        for key in pools & self._urls.keys():
            self._on_reading(key)

    def _failed(self, key: PoolKey, message: str) -> BrokerReading:
        failures = self.latest(key).state.failures + 1
        return BrokerReading(BrokerState(reachable=False, message=message, failures=failures))


def _is_cancelled() -> bool:
    """Whether this task was cancelled, even where the cancellation was lost on its way.

    Before Python 3.12 ``asyncio.wait_for`` drops one that arrives in the moment in which its inner task ends, and
    redis-py 8.1.0 sends each command with it (asyncio/connection.py, send_packed_command).
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
