"""Redises that are away in the ways that take long to notice."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from revrx_operator.model import BrokerAddress
from tests.fixtures.redis_server import redis_server

HANGING_NAME = "hangs.example"


class Lookups:
    """Lookups of a name whose resolver does not answer."""

    address = BrokerAddress(f"redis://{HANGING_NAME}:6379/0")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._released = threading.Event()
        self.most_at_once = 0

    def hang(self) -> None:
        with self._lock:
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        self._released.wait()
        with self._lock:
            self._running -= 1

    def release(self) -> None:
        self._released.set()


@contextmanager
def hanging_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lookups]:
    """The resolver does not answer for one name; all others are looked up as ever."""
    lookups, real = Lookups(), socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if host == HANGING_NAME:
            lookups.hang()
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    try:
        yield lookups
    finally:
        lookups.release()


@contextmanager
def silent_listener() -> Iterator[BrokerAddress]:
    """Accepts connections, by way of the kernel, and never says anything."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        yield BrokerAddress(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")


@contextmanager
def stopped_redis() -> Iterator[BrokerAddress]:
    """A redis-server that was sent SIGSTOP."""
    with redis_server() as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)
        yield BrokerAddress(server.url)
