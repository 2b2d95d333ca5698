"""A command that runs until it is stopped."""

import os
import pty
import signal
import subprocess
import tempfile
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.integration.worker.processes import READY_SECONDS
from tests.waiting import wait_for

ROWS, COLUMNS = 40, 120


@dataclass
class Running:
    """The process of a command line, and what it has printed so far."""

    process: subprocess.Popen[bytes]
    text: Callable[[], str]

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Poll until the condition holds; fail as soon as the command has ended instead."""

        def holds() -> bool:
            assert self.process.poll() is None, f"it has ended with {self.process.poll()}:\n{self.text()}"
            return condition()

        wait_for(holds, lambda: f"{what}:\n{self.text()}", READY_SECONDS)

    def wait_for_text(self, text: str) -> None:
        """Poll until it has printed that."""
        self.wait_until(lambda: text in self.text(), f"{text!r} is not printed")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        """It has to end by itself, and without complaint."""

        def ended() -> bool:
            self.text()  # a terminal that nobody reads would hold it up
            return self.process.poll() is not None

        self.process.send_signal(by)
        wait_for(ended, f"{by.name} does not end it")
        assert self.process.returncode == 0, self.text()


@dataclass
class Terminal:
    """A terminal without a person, for programs that draw on one."""

    inner: int
    _outer: int
    _shown: bytes = field(default=b"")

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        """Until the block ends."""
        outer, inner = pty.openpty()
        os.set_blocking(outer, False)
        termios.tcsetwinsize(inner, (ROWS, COLUMNS))
        try:
            yield cls(inner, outer)
        finally:
            os.close(inner)
            os.close(outer)

    def text(self) -> str:
        """All that was ever shown, with what moved the cursor."""
        with suppress(BlockingIOError):
            while piece := os.read(self._outer, 65536):
                self._shown += piece
        return self._shown.decode(errors="replace")


@contextmanager
def started(line: str, folder: Path, env: dict[str, str], terminal: Terminal | None = None) -> Iterator[Running]:
    """The line, run by bash in that folder until the block ends, in a terminal if there is one."""
    with tempfile.NamedTemporaryFile() as log:
        screen = terminal.inner if terminal else log.fileno()
        process = subprocess.Popen(
            ["bash", "-c", line], cwd=folder, env=env | {"TERM": "xterm"}, start_new_session=True,
            stdin=terminal.inner if terminal else subprocess.DEVNULL, stdout=screen, stderr=screen,
        )  # fmt: skip
        try:
            yield Running(process, terminal.text if terminal else Path(log.name).read_text)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
