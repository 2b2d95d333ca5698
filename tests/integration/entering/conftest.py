"""Pools whose Redis is entered with TLS, an ACL user or Sentinels, and their Celery workers.

Workers get the environment that the operator writes into their Deployment, their operator the address that it reads
from the same pool.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest
from celery import Celery

import revrx_worker
from revrx_operator.api.spec import PoolSpec
from revrx_operator.api.validation import parse_spec
from revrx_operator.model import BrokerAddress, QueueLoad
from revrx_operator.observe.broker import broker_of
from revrx_operator.observe.lookup import Lookup
from revrx_operator.observe.queues import GroupQueues
from revrx_operator.observe.redis import RedisReader
from revrx_operator.resources.environment import worker_env
from tests.waiting import wait_for

BINARIES = Path(sys.executable).parent
READY_SECONDS = 40.0
QUEUES = ("reports", "default")
OURS = ("CELERY_", "REDIS_", "REVRX_", "REPORT_", "DATABASE_", "ENABLE_CELERY")

Secrets = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Pool:
    """A pool with one group, and the Secrets of its namespace."""

    broker: Mapping[str, Any]
    secrets: Secrets
    folder: Path
    env: tuple[dict[str, Any], ...] = ()
    """spec.env"""

    @property
    def spec(self) -> PoolSpec:
        """As the API server has it."""
        group = {"name": "worker", "queues": ["reports"]}
        return parse_spec({"image": "none", "broker": self.broker, "env": list(self.env), "workers": [group]})

    @property
    def address(self) -> BrokerAddress:
        """Where the operator finds the Redis."""
        address = broker_of(self.spec, "shop", self.secrets)
        assert address is not None
        return address

    @property
    def environment(self) -> dict[str, str]:
        """What the container of a worker gets, with the CA's file in a place of this machine."""
        spec = self.spec
        found = {entry["name"]: self._value(entry) for entry in worker_env(spec, spec.workers[0])}
        found["REVRX_HEARTBEAT_FILE"] = str(self.folder / "heartbeat")
        if (reference := spec.broker.ca_secret_ref) is not None:
            (self.folder / "ca.crt").write_text(self.secrets[reference.name][reference.key])
            found["REVRX_BROKER_CA_FILE"] = str(self.folder / "ca.crt")
        return found

    def _value(self, entry: Mapping[str, Any]) -> str:
        if "value" in entry:
            return str(entry["value"])
        reference = entry["valueFrom"]["secretKeyRef"]
        return self.secrets[reference["name"]][reference["key"]]


@contextmanager
def worker(pool: Pool, module: str, directory: Path) -> Iterator[None]:
    """`celery -A MODULE worker` in a directory, ready, until the block ends."""
    log, heartbeat = pool.folder / "worker.log", pool.folder / "heartbeat"
    arguments = ["-A", module, "worker", "--loglevel=info", "--concurrency=1", "-Q", ",".join(QUEUES)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [BINARIES / "celery", *arguments],
            cwd=directory,
            env=inherited() | pool.environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_for(lambda: heartbeat.exists() or process.poll() is not None, log.read_text, READY_SECONDS)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, SIGKILL)
        process.wait()


@contextmanager
def client(pool: Pool) -> Iterator[Celery]:
    """An app in this process that sends tasks; like the workers' it knows its Redis from the environment alone."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - inherited().keys():
            patch.delenv(name)
        for name, value in pool.environment.items():
            patch.setenv(name, value)
        with Celery("client", set_as_current=False) as app:
            app.conf.task_default_queue = "reports"
            revrx_worker.join(app)
            yield app


def inherited() -> dict[str, str]:
    """What the environment of this process says that is not about Celery and Redis."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


async def load(address: BrokerAddress) -> QueueLoad:
    """What the operator reads there."""
    reader = RedisReader(address, Lookup(address))
    try:
        return (await reader.read({"worker": GroupQueues(address, QUEUES)}))["worker"]
    finally:
        await reader.close()
