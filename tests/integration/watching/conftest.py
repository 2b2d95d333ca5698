"""An operator and a worker at work, whom a Prometheus watches: the series are those that they tell of themselves."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import celery
import pytest
import pytest_asyncio

from app.migrate import migrate
from revrx_operator.apply.local import LocalWorkers
from revrx_operator.lease import Alone
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.run import local_terms
from revrx_operator.serving import serving
from tests.fixtures.paid_api import Refuses, running_paid_api
from tests.fixtures.redis_server import RedisServer, free_port, redis_server
from tests.integration.local.conftest import SLEEPER, pool
from tests.integration.watching.prometheus import Prometheus, running_prometheus
from tests.integration.worker.conftest import QUICK, only_these_settings
from tests.integration.worker.paid import PRICES, text_of
from tests.integration.worker.processes import Workers
from tests.integration.worker.rows import changed, stored
from tests.rendering import by_name, render

TWO_SLOTS = ("--concurrency", "2", "--without-mingle", "--without-gossip")
LONG_AGO = 1.0


@pytest.fixture(scope="package")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def prometheus(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Prometheus]:
    """A Prometheus that watches both; it has the alerts as the chart renders them."""
    folder, port = tmp_path_factory.mktemp("watched"), free_port()
    values = {"alerts": {"enabled": True}, "watchNamespaces": ["local", "revrx"]}
    (group,) = by_name(render(values))["PrometheusRule", "revrx-worker"]["spec"]["groups"]
    with a_worker_of_reports(folder, redis, port):
        async with (
            an_operator(redis) as operator_port,
            running_prometheus(folder, [_operator(operator_port), _workers(port)], group["rules"]) as prometheus,
        ):
            yield prometheus


def _operator(port: int) -> dict[str, Any]:
    """As the ServiceMonitor of the chart has it scraped."""
    target = {"targets": [f"127.0.0.1:{port}"], "labels": {"namespace": "revrx-system"}}
    return {"job_name": "revrx-worker", "honor_labels": True, "static_configs": [target]}


def _workers(port: int) -> dict[str, Any]:
    """With the labels that the PodMonitor of the chart adds."""
    labels = {"namespace": "revrx", "pool": "reports", "group": "worker", "pod": "reports-worker-1"}
    return {"job_name": "workers", "static_configs": [{"targets": [f"127.0.0.1:{port}"], "labels": labels}]}


@contextmanager
def a_worker_of_reports(folder: Path, redis: RedisServer, port: int) -> Iterator[None]:
    """It makes one report after a 429, gives up another, and finds a third whose worker was lost."""
    url = f"sqlite:///{folder}/reports.db"
    env = {"DATABASE_URL": url, "REDIS_URL": redis.url, "ENABLE_CELERY": "true", **QUICK}
    with only_these_settings(folder, DATABASE_URL=url), running_paid_api() as api:
        migrate()
        stored("put-off", body=text_of("Anna", "Berta").encode())
        stored("given-up", body=text_of("Carl").encode())
        stored("cut-short", body=text_of("Dora").encode())
        changed("cut-short", state="running", attempts=1, lease_expires_at=LONG_AGO)
        api.misbehave(Refuses(429, retry_after="1"), about="Berta", times=1)
        api.misbehave(Refuses(401), about="Carl", times=1)
        metered = api.env | PRICES | {"REPORT_ENGINE": "openai", "REVRX_METRICS_PORT": str(port)}
        workers = Workers(folder, env)
        with workers.running(*TWO_SLOTS, **metered):
            workers.send("put-off", "given-up")
            yield


@asynccontextmanager
async def an_operator(redis: RedisServer) -> AsyncIterator[int]:
    """It keeps two workers of a pool of its own, who have run short tasks and are busy with long ones; others wait."""
    metrics = OperatorMetrics("revrx-worker")
    metrics.requested("PATCH", "deployments", 200)  # on one machine there is no API server to ask
    with pytest.MonkeyPatch.context() as patch, celery.Celery(broker=redis.url, set_as_current=False) as client:
        patch.setenv("REDIS_URL", redis.url)
        patch.delenv("CELERY_BROKER_URL", raising=False)
        for seconds in [1.0] * 24 + [300.0] * 12:  # so many that heartbeats tell of their ends
            client.send_task("nap", args=["nap", seconds], queue="naps")
        async with LocalWorkers(pool(maxReplicas=2, maxWaitSeconds=600), SLEEPER) as workers:
            terms = local_terms(workers, metrics)
            running = asyncio.create_task(terms.run(Alone()))
            async with serving(lambda: terms.controller, metrics, "127.0.0.1", 0) as port:
                yield port
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
