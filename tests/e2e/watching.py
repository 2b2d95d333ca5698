"""What a process that runs beside the test prints, line by line, with the time of each."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from tests.e2e.kubectl import Kubectl


class Line(NamedTuple):
    """One line, and when it came in, by the test's monotonic clock."""

    at: float
    text: str


@dataclass(frozen=True)
class ReplicasWatch:
    """Every value of a Deployment's spec.replicas since the watch began, repeated ones included."""

    lines: list[Line]

    @property
    def counts(self) -> list[int]:
        """The values in their order."""
        return [int(line.text) for line in self.lines]

    def first_above(self, replicas: int) -> float:
        """When more replicas than that were first asked for."""
        return next(line.at for line in self.lines if int(line.text) > replicas)


@contextmanager
def replicas_watch(kubectl: Kubectl, deployment: str) -> Iterator[ReplicasWatch]:
    """Watch a Deployment that may come into being only later."""
    output = 'jsonpath={.spec.replicas}{"\\n"}'
    select = f"--field-selector=metadata.name={deployment}"
    with running(kubectl.command("get", "deployments", select, "--watch", f"--output={output}")) as lines:
        yield ReplicasWatch(lines)


@contextmanager
def running(command: list[str]) -> Iterator[list[Line]]:
    """The lines that a command prints while it runs; it is ended with the block."""
    lines: list[Line] = []

    def collect() -> None:
        for text in process.stdout or ():
            lines.append(Line(time.monotonic(), text.strip()))  # noqa: PERF401 - read by the test as it grows

    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        thread = threading.Thread(target=collect, name="lines", daemon=True)
        thread.start()
        try:
            yield lines
        finally:
            process.terminate()
            thread.join()
