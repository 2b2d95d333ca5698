"""Which pools take tasks from the same queue of the same Redis: an index that is kept as pools change."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from revrx_operator.model import BrokerAddress, PoolKey

REDIS_PORT = 6379


class QueueKey(NamedTuple):
    """A queue of a Redis, however it is entered."""

    redis: str
    """Servers and database, without user and password."""
    key_prefix: str
    queue: str


def queue_keys(address: BrokerAddress, queues: Collection[str]) -> frozenset[QueueKey]:
    """The queues at an address. One Redis under two names counts as two."""
    redis = _redis(address)
    return frozenset(QueueKey(redis, address.key_prefix, queue) for queue in queues)


def _redis(address: BrokerAddress) -> str:
    """The same for each order of Sentinels, and with TLS as without."""
    places = (urlsplit(url) for url in address.url.split(";"))
    servers = sorted({f"{place.hostname}:{place.port or REDIS_PORT}{place.path}" for place in places})
    master = f"{address.sentinel.name}@" if address.sentinel else ""
    return master + ";".join(servers)


class SharedQueues:
    """Who takes each queue. What a change costs grows with the queues of the pool, not with the number of pools."""

    def __init__(self) -> None:
        self._takers: dict[QueueKey, frozenset[PoolKey]] = {}
        self._contested: set[QueueKey] = set()
        """Those that more than one pool takes."""
        self._queues: dict[PoolKey, frozenset[QueueKey]] = {}

    def put(self, pool: PoolKey, queues: frozenset[QueueKey]) -> frozenset[PoolKey]:
        """The pool takes these queues, and no others any more; gives the pools for which that is news."""
        before = self._queues.get(pool, frozenset())
        if queues == before:
            return frozenset()
        changed = before ^ queues
        for queue in changed:
            self._set_takers(queue, self._takers.get(queue, frozenset()) ^ {pool})
        self._queues[pool] = queues
        if not queues:
            del self._queues[pool]
        return frozenset(taker for queue in changed for taker in self._takers.get(queue, ())) - {pool}

    def _set_takers(self, queue: QueueKey, takers: frozenset[PoolKey]) -> None:
        """A queue that nobody takes any more is forgotten."""
        self._takers[queue] = takers
        if not takers:
            del self._takers[queue]
        if len(takers) > 1:
            self._contested.add(queue)
        else:
            self._contested.discard(queue)

    def others(self, pool: PoolKey) -> Mapping[str, Sequence[PoolKey]]:
        """By queue of the pool, the other pools that take it."""
        contested = self._queues.get(pool, frozenset()) & self._contested
        return {queue.queue: sorted(self._takers[queue] - {pool}) for queue in sorted(contested)}
