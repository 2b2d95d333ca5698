"""Remote control of Celery workers: take nothing new, take tasks again, what do you hold?

These are Celery's own commands (celery 5.7.0, worker/control.py), sent through kombu's Mailbox as ``app.control`` does.
kombu blocks, so each Redis is spoken to by one thread at a time, and one that does not answer keeps no other waiting.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from kombu import Connection, Producer
from kombu.exceptions import KombuError
from kombu.pidbox import Mailbox
from redis.exceptions import RedisError

from revrx_operator.broker_connection import kombu_arguments
from revrx_operator.model import BrokerAddress, ClusterView, Pod, PoolMemory, WorkerQueues

log = logging.getLogger(__name__)

VISIBILITY_SECONDS = 10 * 365 * 24 * 3600
"""While kombu waits for a reply it requeues what has been unacknowledged for longer than this, whoever runs it
(kombu 5.7.0, transport/redis.py, maybe_restore_messages; the default is an hour)."""
REPLY_SECONDS = 1.0
"""For the next worker to reply. A solo worker replies between two tasks only."""
SOCKET_SECONDS = 2.0
CALL_SECONDS = 3.0
TURN_SECONDS = 1.0
"""How long a call waits for its turn where another one speaks to the same Redis."""
AWAY_SECONDS = 5.0
"""A Redis that could not be spoken to is left alone for so long."""
THREADS = 32

TRANSPORT_OPTIONS = {
    "visibility_timeout": VISIBILITY_SECONDS,
    "socket_timeout": SOCKET_SECONDS,
    "socket_connect_timeout": SOCKET_SECONDS,
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0,
    "connect_retries_timeout": SOCKET_SECONDS,
}

Replies = Mapping[str, Any]
"""By host name of the worker, which is GROUP@POD."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Holding:
    """What a worker says of itself."""

    queues: frozenset[str]
    """Those that it takes tasks from."""
    tasks: int | None
    """Fetched and not finished, without those that wait for their eta; None where it did not say."""


class RemoteControl:
    """The workers behind any Redis, as far as they listen. Used as a context."""

    def __init__(self, may_tell: Callable[[], bool] = lambda: True) -> None:
        """``may_tell`` is asked before each command, from any thread; questions are always free."""
        self._may_tell = may_tell
        self._threads = ThreadPoolExecutor(THREADS, "control")
        self._turns: WeakValueDictionary[BrokerAddress, asyncio.Lock] = WeakValueDictionary()
        self._away_until: dict[BrokerAddress, float] = {}

    async def __aenter__(self) -> "RemoteControl":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Wait for nothing: a thread ends with its call, seconds later at most."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def cancel(self, address: BrokerAddress | None, workers: Sequence[WorkerQueues]) -> frozenset[str]:
        """Let workers take nothing new; returns the pods whose workers confirmed it for each queue."""
        return await self._tell(address, "cancel_consumer", workers)

    async def resume(self, address: BrokerAddress | None, workers: Sequence[WorkerQueues]) -> frozenset[str]:
        """Let workers take tasks from their queues again; returns the pods whose workers confirmed it for each."""
        return await self._tell(address, "add_consumer", workers)

    async def ask(self, address: BrokerAddress | None, names: Collection[str]) -> Mapping[str, Holding]:
        """What the workers of these host names take and hold; those that do not answer are missing."""
        if not names:
            return {}
        return await self._call(address, lambda mailbox: _holdings(mailbox, sorted(names)), {})

    async def with_answers(self, view: ClusterView, memory: PoolMemory) -> ClusterView:
        """The view with the answers of the workers that the memory says to ask."""
        asked = {group: remembered.ask for group, remembered in memory.retirement.items()}
        names = [
            _name(group, pod.name)
            for group, pods in view.pods.items()
            for pod in pods
            if pod.name in asked.get(group, ()) and not pod.leaving
        ]
        answers = await self.ask(view.broker, names)
        return replace(view, pods={group: _answered(group, pods, answers) for group, pods in view.pods.items()})

    async def _tell(
        self, address: BrokerAddress | None, command: str, workers: Sequence[WorkerQueues]
    ) -> frozenset[str]:
        told = [worker for worker in workers if worker.queues]
        silent = frozenset(worker.pod for worker in workers if not worker.queues)
        nobody: frozenset[str] = frozenset()
        if told:
            return silent | await self._call(
                address, lambda mailbox: _confirmed(mailbox, command, told, self._may_tell), nobody
            )
        return silent

    async def _call(self, address: BrokerAddress | None, call: Callable[[Mailbox], T], silence: T) -> T:
        """Run a call in a thread of its own; ``silence`` stands for the answer of nobody."""
        loop = asyncio.get_running_loop()
        if address is None or loop.time() < self._away_until.get(address.server, 0.0):
            return silence
        turn = self._turns.setdefault(address.server, asyncio.Lock())
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await turn.acquire()
        except TimeoutError:
            return silence
        spoken = loop.run_in_executor(self._threads, _speak, address, call)
        # However long we wait: nobody speaks to this Redis before, or a late command could overtake a newer one.
        spoken.add_done_callback(lambda _: turn.release())
        spoken.add_done_callback(_heed)
        try:
            async with asyncio.timeout(CALL_SECONDS):  # wait_for drops a cancellation at times before Python 3.12
                return await asyncio.shield(spoken)
        except (KombuError, RedisError, OSError) as error:  # TimeoutError is an OSError
            self._away_until[address.server] = loop.time() + AWAY_SECONDS
            log.warning("workers cannot be told or asked anything: %s", str(error) or type(error).__name__)
            return silence


def _heed(spoken: asyncio.Future[T]) -> None:
    """Where the caller has stopped waiting, a failure is nobody's any more."""
    if not spoken.cancelled():
        spoken.exception()


def _name(group: str, pod: str) -> str:
    """The host name of a worker."""
    return f"{group}@{pod}"


def _speak(address: BrokerAddress, call: Callable[[Mailbox], T]) -> T:
    with _connection(address) as connection:
        return call(_OneTryMailbox("celery", type="fanout", connection=connection))


def _connection(address: BrokerAddress) -> Connection:
    arguments = kombu_arguments(address)
    return Connection(**{**arguments, "transport_options": {**arguments["transport_options"], **TRANSPORT_OPTIONS}})


class _OneTryMailbox(Mailbox):
    """Gives up where a command cannot be sent; kombu's would try for ever."""

    @contextmanager
    def producer_or_acquire(self, producer: Producer | None = None, channel: Any = None) -> Iterator[Producer]:
        """A producer on the channel."""
        yield producer or _OneTryProducer(channel, auto_declare=False)


class _OneTryProducer(Producer):
    def publish(self, *args: Any, **options: Any) -> Any:
        return super().publish(*args, **{**options, "retry": False})


def _broadcast(mailbox: Mailbox, command: str, names: Sequence[str], **arguments: Any) -> Replies:
    """Send a command to the workers of these host names; returns when all have replied, or no further one does."""
    if not names:  # to kombu that means everybody
        return {}
    replies = mailbox.call(list(names), command, arguments, timeout=REPLY_SECONDS) or []
    return {name: reply for replied in replies for name, reply in replied.items()}


def _confirmed(
    mailbox: Mailbox, command: str, workers: Sequence[WorkerQueues], may_tell: Callable[[], bool]
) -> frozenset[str]:
    """The pods whose workers confirmed the command for each queue; none where it may not be told to the end."""
    confirmed = {_name(worker.group, worker.pod): worker for worker in workers}
    for queue in dict.fromkeys(queue for worker in workers for queue in worker.queues):
        if not may_tell():
            return frozenset()
        told = [name for name, worker in confirmed.items() if queue in worker.queues]
        replies = _broadcast(mailbox, command, told, queue=queue)
        for name in told:
            if "ok" not in (replies.get(name) or {}):
                del confirmed[name]
    return frozenset(worker.pod for worker in confirmed.values())


def _holdings(mailbox: Mailbox, names: Sequence[str]) -> Mapping[str, Holding]:
    """First what is reserved, then what is active: a task that starts in between is in both then, not in neither."""
    queues = {
        name: told for name, told in _broadcast(mailbox, "active_queues", names).items() if isinstance(told, list)
    }
    reserved = _broadcast(mailbox, "reserved", [*queues])
    active = _broadcast(mailbox, "active", [*queues])
    return {
        name: Holding(frozenset(queue["name"] for queue in told), _together(reserved.get(name), active.get(name)))
        for name, told in queues.items()
    }


def _together(reserved: Any, active: Any) -> int | None:
    if not isinstance(reserved, list) or not isinstance(active, list):
        return None
    return len({request["id"] for request in (*reserved, *active)})


def _answered(group: str, pods: Sequence[Pod], answers: Mapping[str, Holding]) -> tuple[Pod, ...]:
    holdings = [(pod, answers.get(_name(group, pod.name))) for pod in pods]
    return tuple(
        replace(pod, queues=holding.queues, answer=holding.tasks) if holding else pod for pod, holding in holdings
    )
