"""Which pools take tasks from the same queue of the same Redis: an index that is kept as pools change.

It begins empty with each controller. That a pool shares no queue is known only when every pool has been heard.
"""

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
        self._all_named = False
        self._unheard: set[PoolKey] = set()
        """Pools of which it was never known what they take."""
        self._have_shared: set[PoolKey] = set()

    def expect(self, pool: PoolKey) -> None:
        """There is such a pool."""
        if pool not in self._queues:
            self._unheard.add(pool)

    def all_named(self) -> None:
        """Every pool that there is was expected or put."""
        self._all_named = True

    def put(self, pool: PoolKey, queues: frozenset[QueueKey]) -> frozenset[PoolKey]:
        """The pool takes these queues, and no others any more; gives the pools for which that is news."""
        self._unheard.discard(pool)
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

    def forget(self, pool: PoolKey) -> frozenset[PoolKey]:
        """The pool is gone; gives the pools for which that is news."""
        news = self.put(pool, frozenset())
        self._have_shared.discard(pool)
        return news

    def _set_takers(self, queue: QueueKey, takers: frozenset[PoolKey]) -> None:
        """A queue that nobody takes any more is forgotten."""
        self._takers[queue] = takers
        if not takers:
            del self._takers[queue]
        if len(takers) > 1:
            self._contested.add(queue)
            self._have_shared |= takers
        else:
            self._contested.discard(queue)

    def others(self, pool: PoolKey) -> Mapping[str, Sequence[PoolKey]] | None:
        """By queue of the pool, the other pools that take it; None where some that were not heard yet may.

        Not so for a pool that has been seen to share: with whom, that is known, and when it ends.
        """
        contested = self._queues.get(pool, frozenset()) & self._contested
        all_heard = self._all_named and not self._unheard
        if not contested and not all_heard and pool not in self._have_shared:
            return None
        return {queue.queue: sorted(self._takers[queue] - {pool}) for queue in sorted(contested)}
