"""``revrx-operator run`` as a process of its own, and what it says of itself."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

from tests.fixtures.api_server import ApiServer
from tools.redis_server import free_port

COMMAND = "from revrx_operator.cli import main; main()"
ERRORS = re.compile(r'^revrx_reconcile_errors_total\{cause="(\w+)"\} ([0-9.]+)', re.MULTILINE)
CRASH = re.compile(r"^Traceback|^\S+ \S+ (?:ERROR|CRITICAL) .*", re.MULTILINE)


@dataclass(frozen=True)
class OperatorProcess:
    """A running operator."""

    process: subprocess.Popen[bytes]
    metrics_url: str
    log: Path

    def errors(self) -> dict[str, int]:
        """Runs that failed, by cause."""
        text = urllib3.request("GET", self.metrics_url).data.decode()
        return {cause: int(float(count)) for cause, count in ERRORS.findall(text)}

    def last_word(self, pool: str) -> str:
        """What its log says last about a pool."""
        lines = self.log.read_text(errors="replace").splitlines()
        return next(
            (line for line in reversed(lines) if f" {pool}: " in line), "the operator's log has nothing about it"
        )

    def crashes(self) -> list[str]:
        """Lines of the log that tell of one, and the end of the process."""
        ended = [] if self.process.poll() is None else [f"the operator ended with {self.process.returncode}"]
        return [*CRASH.findall(self.log.read_text(errors="replace")), *ended]


@contextmanager
def operator_process(server: ApiServer, folder: Path) -> Iterator[OperatorProcess]:
    """Runs until the context ends; its log stays in the folder."""
    health, metrics = free_port(), free_port()
    env = {
        **os.environ,
        "KUBECONFIG": str(server.kubeconfig),
        "NO_PROXY": "127.0.0.1",
        "REVRX_HEALTH_ADDRESS": "127.0.0.1",
        "REVRX_HEALTH_PORT": str(health),
        "REVRX_METRICS_ADDRESS": "127.0.0.1",
        "REVRX_METRICS_PORT": str(metrics),
    }
    log = folder / "operator.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "run"], env=env, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield OperatorProcess(process, f"http://127.0.0.1:{metrics}/metrics", log)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
