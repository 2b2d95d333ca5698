"""Looking up the names of a Redis, however long the resolver takes."""

import asyncio
from contextlib import suppress

from redis.asyncio.connection import parse_url

from revrx_operator.model import BrokerAddress

TIMEOUT_SECONDS = 2.0


class Lookup:
    """Looks up the names in an address before a connection does, each at most once at a time.

    A lookup occupies a thread, and one that hangs cannot be ended. redis-py would begin another with every attempt to
    connect; here an attempt waits for the one that is under way.
    """

    def __init__(self, address: BrokerAddress) -> None:
        self._hosts = hosts_of(address)
        self._running: dict[str, asyncio.Task[None]] = {}

    async def answered(self) -> None:
        """Return when the resolver has answered for every name, if only to say that there is none of that name.

        Raises TimeoutError, which names the host.
        """
        for host in self._hosts:
            if host not in self._running:
                self._running[host] = asyncio.create_task(_look_up(host), name=f"look-up-{host}")
        if not self._running:
            return
        done, hanging = await asyncio.wait(self._running.values(), timeout=TIMEOUT_SECONDS)
        late = [host for host, task in self._running.items() if task in hanging]
        self._running = {host: self._running[host] for host in late}
        for task in done:
            task.result()
        if late:
            raise TimeoutError(f"looking up {', '.join(late)} takes longer than {TIMEOUT_SECONDS:g} s")

    def close(self) -> None:
        """Wait for no answer any more."""
        for task in self._running.values():
            task.cancel()
        self._running = {}


def hosts_of(address: BrokerAddress) -> tuple[str, ...]:
    """The names in an address: one, or one for each Sentinel; none where it is a Unix socket."""
    urls = (url.replace("sentinel://", "redis://", 1) for url in address.url.split(";"))
    return tuple(dict.fromkeys(host for url in urls if (host := parse_url(url).get("host"))))


async def _look_up(host: str) -> None:
    """That there is no such name is told by whoever connects."""
    with suppress(OSError, UnicodeError):
        await asyncio.get_running_loop().getaddrinfo(host, None)
