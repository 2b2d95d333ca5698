"""One worker as a process of this machine: what a kubelet would do for its container."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from revrx_operator.model import Manifest

HEARTBEAT_VARIABLE = "REVRX_HEARTBEAT_FILE"


class WorkerProcess:
    """A replica: starts as the container says, is ready when its heartbeat file is there, ends warm."""

    def __init__(self, container: Manifest, directory: Path, home: Path) -> None:
        """``directory`` is where the Celery app is imported from, ``home`` where log and heartbeat go."""
        self._container = container
        self._directory = directory
        self._home = home
        self._process: asyncio.subprocess.Process | None = None
        self._started_at = 0.0

    @property
    def heartbeat(self) -> Path:
        """Written by the worker once it consumes."""
        return self._home / "heartbeat"

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def is_ready(self) -> bool:
        """What the readiness probe would say."""
        return self.is_running and self.heartbeat.exists()

    def seconds_since_start(self) -> float:
        """Age of the process, or of its grave."""
        return asyncio.get_running_loop().time() - self._started_at

    def last_words(self) -> str:
        """The last line of the log."""
        lines = (self._home / "log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "none"

    async def start(self) -> None:
        """Start the process, in a session of its own: a Ctrl-C in the terminal is not for it."""
        self._home.mkdir(parents=True, exist_ok=True)
        self.heartbeat.unlink(missing_ok=True)
        self._started_at = asyncio.get_running_loop().time()
        with (self._home / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(),
                cwd=self._directory,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def stop(self, grace_seconds: float) -> None:
        """SIGTERM to celery's main process alone, which finishes what runs; after the grace, SIGKILL to all of it."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
        try:
            async with asyncio.timeout(grace_seconds):
                await process.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    def _command(self) -> list[str]:
        words: list[str] = [*self._container["command"], *self._container["args"]]
        program, *arguments = words
        beside_python = Path(sys.executable).with_name(program)
        path = str(beside_python) if beside_python.exists() else shutil.which(program) or program
        # Every process has this host's name, and Celery wants its node names unique.
        return [path, *(argument.replace("%h", f"{socket.gethostname()}-{self._home.name}") for argument in arguments)]

    def _environment(self) -> Mapping[str, str]:
        """The container's variables; what this process has already wins, so that one pool file serves a laptop too."""
        variables = {entry["name"]: _value(entry) for entry in self._container["env"]}
        return {**variables, **os.environ, HEARTBEAT_VARIABLE: str(self.heartbeat)}


def _value(entry: Mapping[str, Any]) -> str:
    """A value from a Secret is not to be had here: it comes from the environment, or stays empty."""
    return str(entry.get("value", ""))
