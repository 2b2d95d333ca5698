import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import celery
import pytest
import redis

from revrx_operator.apply.local import LocalWorkers
from revrx_operator.run import control
from tests.fixtures.redis_server import running_redis

SLEEPER = Path(__file__).with_name("sleeper")

Pool = dict[str, Any]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """A Redis of the test's own, which is the one that the environment names."""
    with running_redis() as url, redis.Redis.from_url(url, decode_responses=True) as client:
        monkeypatch.setenv("REDIS_URL", url)
        monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
        yield client


@pytest.fixture
def nap(broker: redis.Redis) -> Iterator[Callable[[str, float], object]]:
    """Sends a task that sleeps for some seconds."""
    port = broker.connection_pool.connection_kwargs["port"]
    with celery.Celery(broker=f"redis://127.0.0.1:{port}/0") as app:
        yield lambda name, seconds: app.send_task("nap", args=[name, seconds], queue="naps")


def pool(**scaling: Any) -> Pool:
    group = {"name": "worker", "queues": ["naps"], "concurrency": 2, "scaling": {"minReplicas": 0, **scaling}}
    spec = {"image": "none", "app": "sleeper", "broker": {"url": "redis://elsewhere:6379/0"}, "workers": [group]}
    return {"apiVersion": "revrx.io/v1alpha1", "kind": "ReportWorkerPool", "metadata": {"name": "naps"}, "spec": spec}


@asynccontextmanager
async def running(pool: Pool, directory: Path = SLEEPER) -> AsyncIterator[LocalWorkers]:
    """The workers of a pool with the controller at work on them."""
    async with LocalWorkers(pool, directory) as workers, controlled(workers):
        yield workers


@asynccontextmanager
async def controlled(workers: LocalWorkers) -> AsyncIterator[None]:
    """The controller at work, until the context is left."""
    controlling = asyncio.create_task(control(workers))
    try:
        yield
    finally:
        controlling.cancel()
        with suppress(asyncio.CancelledError):
            await controlling
