"""One worker as a process of this machine: what a kubelet would do for its container."""

import asyncio
import logging
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
from revrx_operator.resources.deployment import WORKER_CONTAINER
from revrx_operator.resources.environment import METRICS_PORT_VARIABLE

log = logging.getLogger(__name__)

HEARTBEAT_VARIABLE = "REVRX_HEARTBEAT_FILE"
RESTART_SECONDS = 2.0
REAP_SECONDS = 2.0


class WorkerProcess:
    """A replica: starts as its container says, is ready when its heartbeat file is there, ends warm."""

    def __init__(self, pod: Manifest, directory: Path, home: Path) -> None:
        """``directory`` is where the Celery app is imported from, ``home`` where its log and other files go."""
        self._container: Manifest = next(c for c in pod["containers"] if c["name"] == WORKER_CONTAINER)
        self._grace_seconds: float = pod["terminationGracePeriodSeconds"]
        self._directory = directory
        self._home = home
        self._process: asyncio.subprocess.Process | None = None
        self.restarts = 0
        """How often a process that died was followed by another one."""

    @property
    def name(self) -> str:
        """DEPLOYMENT-HOST-NUMBER, in the manner of a pod's name."""
        return self._home.name

    @property
    def pid(self) -> int | None:
        """The process id of celery's main process; None while there is none."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    @property
    def is_ready(self) -> bool:
        """What the readiness probe would say."""
        return self.pid is not None and self._heartbeat.exists()

    async def run(self) -> None:
        """Keep a process running, a new one whenever it dies. Cancelled, it ends warm; cancelled again, at once."""
        self._home.mkdir(parents=True)
        try:
            while True:
                await self._run_once()
                await asyncio.sleep(RESTART_SECONDS)
                self.restarts += 1
        finally:
            await self._end()

    def kill(self) -> None:
        """Kill celery's main process and its children, whatever they do."""
        self._signal_all(signal.SIGKILL)

    @property
    def _heartbeat(self) -> Path:
        """Written by the worker once it consumes."""
        return self._home / "heartbeat"

    @property
    def _log(self) -> Path:
        return self._home / "log"

    async def _run_once(self) -> None:
        """Return when the process has ended, which nobody asked for."""
        try:
            self._process = await self._start()
        except OSError as error:
            log.error("%s: cannot be started: %s; again in %d s", self.name, error, RESTART_SECONDS)
            return
        status = await self._process.wait()
        self.kill()  # its children outlive it, and go on with tasks that it can no longer acknowledge
        log.warning(
            "%s: ended with status %d, a new one starts in %d s; its last words: %s",
            self.name, status, RESTART_SECONDS, self._last_words(),
        )  # fmt: skip

    async def _start(self) -> asyncio.subprocess.Process:
        """Start the process, in a session of its own: a Ctrl-C in the terminal is not for it. Raises OSError."""
        self._heartbeat.unlink(missing_ok=True)
        with self._log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *self._command(),
                cwd=self._directory,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    async def _end(self) -> None:
        """SIGTERM to celery's main process alone, which finishes what runs; after the grace, SIGKILL to all of it."""
        if self._process is None:
            return
        try:
            if self.pid is not None:
                self._process.terminate()
            async with asyncio.timeout(self._grace_seconds):
                await self._process.wait()
        except TimeoutError:
            log.warning("%s: still busy after its grace of %d s, killed", self.name, self._grace_seconds)
        finally:
            self.kill()
            await self._process.wait()
            await self._children_gone()

    async def _children_gone(self) -> None:
        """Wait until init has reaped the killed children too; one that never reaps is not waited for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REAP_SECONDS):
                while self._signal_all(0):  # noqa: ASYNC110 - init reaps them and tells nobody
                    await asyncio.sleep(0.05)

    def _signal_all(self, number: int) -> bool:
        """Signal celery's main process and its children; False where none is left."""
        if self._process is None:
            return False
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):  # macOS refuses where all that is left are zombies
            return False
        return True

    def _last_words(self) -> str:
        """The last line of the log."""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "none"

    def _command(self) -> list[str]:
        words: list[str] = [*self._container["command"], *self._container["args"]]
        program, *arguments = words
        beside_python = Path(sys.executable).with_name(program)
        path = str(beside_python) if beside_python.exists() else shutil.which(program) or program
        # What a pod's host name would be: Celery wants its node names unique, and the operator finds its worker by it.
        return [path, *(argument.replace("%h", self.name) for argument in arguments)]

    def _environment(self) -> Mapping[str, str]:
        """The container's variables; what this process has already wins, so that one pool file serves a laptop too.

        Temporary files go where the log is: a worker that is killed leaves them behind. No worker serves metrics: all
        would want the same port, which in a cluster each pod has for itself.
        """
        variables = {entry["name"]: _value(entry) for entry in self._container["env"]}
        own = {HEARTBEAT_VARIABLE: str(self._heartbeat), METRICS_PORT_VARIABLE: "", "TMPDIR": str(self._home)}
        return {**variables, **os.environ, **own}


def host_segment() -> str:
    """This host's name without what a segment of a pod's name has not, dashes above all."""
    return "".join(filter(str.isalnum, socket.gethostname().partition(".")[0])).lower() or "local"


def _value(entry: Mapping[str, Any]) -> str:
    """A value from a Secret is not to be had here: it comes from the environment, or stays empty."""
    return str(entry.get("value", ""))
