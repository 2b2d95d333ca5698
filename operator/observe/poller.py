"""One Redis: read every tick for all pools whose queues are there, and listened to."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from revrx_operator.model import BrokerAddress, BrokerReading, BrokerState, GroupReading, PoolKey, QueueLoad
from revrx_operator.observe.backoff import Backoff
from revrx_operator.observe.broker_faults import endpoint_of
from revrx_operator.observe.cancellation import is_cancelled
from revrx_operator.observe.celery_events import Channel, parse_event
from revrx_operator.observe.lookup import Lookup
from revrx_operator.observe.queues import GroupQueues
from revrx_operator.observe.redis import BrokerError, RedisReader
from revrx_operator.observe.subscription import Subscription
from revrx_operator.observe.workers import WorkerName, WorkersIndex
from revrx_operator.resources.names import child_name

POOLS_AT_A_STRETCH = 50
"""Told of a reading before everything else gets a turn."""

GroupKey = tuple[PoolKey, str]
OnReading = Callable[[PoolKey, BrokerReading], None]


@dataclass(frozen=True, slots=True)
class Tick:
    """How one reading of a Redis went."""

    redis: str
    """Host and port; neither user nor password."""
    lateness_seconds: float
    """From when it was due until it began."""
    round_trips: int
    """Requests that it took."""


class Poller:
    """Reads one Redis once a tick; each has a task of its own, so that one that is away delays no other."""

    def __init__(
        self, address: BrokerAddress, tick_seconds: float, on_reading: OnReading, observe: Callable[[Tick], None]
    ) -> None:
        self._name = endpoint_of(address).where
        self._tick_seconds = tick_seconds
        self._on_reading = on_reading
        self._observe = observe
        self._lookup = Lookup(address)
        self._reader = RedisReader(address, self._lookup)
        self._subscription = Subscription(address, self._lookup, self._on_message)
        self._groups: dict[PoolKey, dict[GroupKey, GroupQueues]] = {}
        self._workers: WorkersIndex[GroupKey] = WorkersIndex()
        self._backoff = Backoff()
        self._answered_at = self._retry_at = 0.0
        self._error: BrokerError | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no pool's queues are read here."""
        return not self._groups

    def watch(self, key: PoolKey, address: BrokerAddress, queues: Mapping[str, tuple[str, ...]]) -> None:
        """Read the queues of a pool's groups from now on; groups that were there before keep what is known of them."""
        groups = {(key, name): GroupQueues(address, names) for name, names in queues.items()}
        for gone in self._groups.get(key, {}).keys() - groups.keys():
            self._workers.remove(gone)
        for group in groups:
            self._workers.add(group, WorkerName(address.key_prefix, group[1], child_name(key.name, group[1])))
        self._groups[key] = groups
        self._subscription.listen_to(address)

    def forget(self, key: PoolKey) -> None:
        """Read nothing for this pool any more."""
        for group in self._groups.pop(key, {}):
            self._workers.remove(group)

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(self._subscription.run(), name="subscription")
                await self._poll()
                listening.cancel()
        finally:
            self._lookup.close()
            await self._reader.close()

    async def _poll(self) -> None:
        clock = asyncio.get_running_loop().time
        due = self._answered_at = clock()
        while not is_cancelled():
            lateness, sent = clock() - due, self._reader.round_trips
            await self._tick()
            self._observe(Tick(self._name, lateness, self._reader.round_trips - sent))
            # Ticks that were missed are not made up for.
            due += self._tick_seconds + (lateness if lateness >= self._tick_seconds else 0.0)
            await asyncio.sleep(max(0.0, due - clock()))

    async def _tick(self) -> None:
        groups = {group: queues for pool in self._groups.values() for group, queues in pool.items()}
        pools = list(self._groups)
        readings: Mapping[PoolKey, Mapping[str, GroupReading]] = {}
        try:
            readings = self._readings(await self._read(groups))
        except BrokerError as error:
            state = self._failed(error)
        else:
            state = self._succeeded()
        for number, key in enumerate(pools, 1):
            if key in self._groups:
                self._on_reading(key, BrokerReading(state, readings.get(key, {})))
            if number % POOLS_AT_A_STRETCH == 0:
                await asyncio.sleep(0)

    async def _read(self, groups: Mapping[GroupKey, GroupQueues]) -> dict[GroupKey, QueueLoad]:
        """Raises BrokerError, without trying where Redis was away a moment ago."""
        if self._error and asyncio.get_running_loop().time() < self._retry_at:
            raise self._error
        return await self._reader.read(groups)

    def _succeeded(self) -> BrokerState:
        if self._error:
            self._subscription.doubt()
        self._error = None
        self._backoff.reset()
        self._answered_at = asyncio.get_running_loop().time()
        return BrokerState(reachable=True, message=self._reader.notice or self._subscription.notice)

    def _failed(self, error: BrokerError) -> BrokerState:
        """Failures are counted in ticks, however long an attempt took and however rare they have become."""
        now = asyncio.get_running_loop().time()
        if error is not self._error:
            self._error, self._retry_at = error, now + self._backoff.next()
        failures = max(1, round((now - self._answered_at) / self._tick_seconds))
        return BrokerState(reachable=False, message=str(error), failures=failures)

    def _readings(self, loads: Mapping[GroupKey, QueueLoad]) -> Mapping[PoolKey, Mapping[str, GroupReading]]:
        now = time.time()
        readings: defaultdict[PoolKey, dict[str, GroupReading]] = defaultdict(dict)
        for (key, name), load in loads.items():
            if (key, name) in self._groups.get(key, {}):  # it may have gone while Redis was asked
                readings[key][name] = self._workers.reading((key, name), load, now)
        return readings

    def _on_message(self, channel: Channel, message: bytes) -> None:
        event = parse_event(channel.routing_key, message)
        if event is not None:
            self._workers.heard(channel.key_prefix, event, time.time())
