"""What `in_cluster/tell.py` says from the client's pod."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from tests.e2e.killer.sights import Beat
from tests.e2e.kubectl import Kubectl

TELL = Path(__file__).parent / "in_cluster" / "tell.py"


@dataclass
class Heard:
    """What has been heard so far."""

    at: float = 0.0
    """When anything was heard last."""
    beats: dict[str, Beat] = field(default_factory=dict)
    """By pod, the last one."""
    reports: dict[str, int] = field(default_factory=dict)
    """How many reports are in each state."""

    def take(self, line: str, at: float) -> None:
        """Take note of a line that came at that time."""
        said, self.at = json.loads(line), at
        if beat := said.get("beat"):
            self.beats[beat["pod"]] = Beat(at, frozenset(beat["queues"]), beat["held"])
        self.reports = said.get("reports", self.reports)


@contextmanager
def listening(kubectl: Kubectl, prefix: str) -> Iterator[Heard]:
    """Listen to the workers of the namespace, and to the reports whose ids begin like that."""
    heard, over, processes = Heard(), Event(), list[subprocess.Popen[str]]()
    command = kubectl.command("exec", "client", "--", "python", "-u", "-c", TELL.read_text(), prefix)

    def listen() -> None:
        while not over.is_set():
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
                processes.append(process)
                if over.is_set():
                    process.terminate()
                for line in process.stdout or ():
                    heard.take(line, time.time())
            over.wait(1)

    thread = Thread(target=listen, name=f"ear-{kubectl.namespace}")
    thread.start()
    try:
        yield heard
    finally:
        over.set()
        for process in processes:
            process.terminate()
        thread.join()
