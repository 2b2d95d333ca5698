"""Real Celery workers, and the operator's reading, on every kind of Redis that a pool may name."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
from celery.canvas import Signature
from redis import Redis

from revrx_operator.control import RemoteControl
from revrx_operator.model import QueueLoad, WorkerQueues
from tests.fixtures.redis_server import free_port, redis_server
from tests.fixtures.sentinel import MASTER, REDIS_PASSWORD, Watched, sentinel
from tests.fixtures.tls_redis import new_authority, tls_redis
from tests.integration.entering.conftest import QUEUES, Pool, client, load, worker
from tests.waiting import until

PASSWORD = "p/s:w@r d"
IN_URL = "p%2Fs%3Aw%40r%20d"

PASSWORD_IN_ENV = ({"name": "REDIS_PASSWORD", "value": REDIS_PASSWORD},)
FROM_SECRET = {"urlSecretRef": {"name": "redis", "key": "url"}}
WITH_CA = {**FROM_SECRET, "caSecretRef": {"name": "redis", "key": "ca.crt"}}
OF_SENTINEL = {"masterName": MASTER, "passwordSecretRef": {"name": "redis", "key": "sentinel-password"}}

Entering = Callable[[Path], AbstractContextManager[Pool]]


@contextmanager
def over_tls(folder: Path) -> Iterator[Pool]:
    authority = new_authority(folder)
    with tls_redis(authority, "--requirepass", "admin") as redis:
        with Redis.from_url(redis.plain_url, password="admin") as admin:
            admin.execute_command("ACL", "SETUSER", "revrx", "on", f">{PASSWORD}", "~*", "&*", "+@all")
        url = redis.url.replace("://", f"://revrx:{IN_URL}@") + "?ssl_cert_reqs=required"
        yield Pool(WITH_CA, {"redis": {"url": url, "ca.crt": authority.pem}}, folder)


@contextmanager
def by_sentinel(folder: Path) -> Iterator[Pool]:
    with sentinel("of the Sentinels") as watched:
        secret = {"url": with_one_away(watched), "sentinel-password": watched.password}
        yield Pool({**FROM_SECRET, "sentinel": OF_SENTINEL}, {"redis": secret}, folder)


@contextmanager
def by_sentinel_over_tls(folder: Path) -> Iterator[Pool]:
    authority = new_authority(folder)
    with sentinel("of the Sentinels", authority) as watched:
        secret = {"url": watched.url, "sentinel-password": watched.password, "ca.crt": authority.pem}
        yield Pool({**WITH_CA, "sentinel": OF_SENTINEL}, {"redis": secret}, folder)


def with_one_away(watched: Watched) -> str:
    """The master's password stands in the first URL only, and nobody listens there."""
    return f"{watched.url.replace(str(watched.port), str(free_port()))};sentinel://localhost:{watched.port}"


ROOT = Path(__file__).parents[3]
ECHO = Path(__file__).with_name("echo")
BUNDLED = ROOT / "worker"
ALL_OF_THE_WORKER = WorkerQueues("celery", socket.gethostname(), QUEUES)


@pytest.mark.parametrize("enter", [over_tls, by_sentinel, by_sentinel_over_tls])
async def test_a_foreign_app_that_joins_gets_its_tasks_and_is_seen(tmp_path: Path, enter: Entering) -> None:
    with enter(tmp_path) as pool, client(pool) as app:
        await sent_read_and_done(pool, app.signature("echo", ["hello"], queue="reports"), "hello", "echo", ECHO)


@pytest.mark.parametrize("enter", [over_tls, by_sentinel])
async def test_the_bundled_app_gets_its_tasks_and_is_seen(tmp_path: Path, enter: Entering) -> None:
    with enter(tmp_path) as pool, client(pool) as app:
        await sent_read_and_done(
            pool, app.signature("app.celery_app.health_check", queue="default"), "ok", "app.celery_app", BUNDLED
        )


async def sent_read_and_done(pool: Pool, task: Signature, result: str, module: str, directory: Path) -> None:
    sent = task.apply_async()
    assert (await load(pool.address)).waiting == 1
    with worker(pool, module, directory):
        assert sent.get(timeout=20) == result
        assert await load(pool.address) == QueueLoad()


@pytest.mark.timeout(120)
async def test_worker_and_operator_go_on_with_the_new_master_when_the_old_one_dies(tmp_path: Path) -> None:
    with sentinel() as watched, ExitStack() as running:
        pool = Pool(
            {"url": watched.url.replace(f":{REDIS_PASSWORD}@", ""), "sentinel": {"masterName": MASTER}},
            {},
            tmp_path,
            PASSWORD_IN_ENV,
        )
        app = running.enter_context(client(pool))
        running.enter_context(worker(pool, "echo", ECHO))
        old = watched.master()
        old.stop()
        watched.new_master(old)

        assert app.signature("echo", ["again"], queue="reports").apply_async().get(timeout=60) == "again"
        assert await load(pool.address) == QueueLoad()


async def test_the_documented_rights_are_enough_for_workers_and_operator(tmp_path: Path) -> None:
    with redis_server() as server, Redis.from_url(server.url, decode_responses=True) as admin:
        admin.execute_command(*documented_rights())
        url = server.url.replace("://", "://revrx:PASSWORD@")
        pool = Pool(FROM_SECRET, {"redis": {"url": url}}, tmp_path)
        with client(pool) as app, worker(pool, "echo", ECHO):
            task = app.signature("echo", ["hello"], queue="reports")
            task.apply_async(countdown=600)
            assert task.apply_async().get(timeout=20) == "hello"
            assert (await load(pool.address)).eta == 1
            async with RemoteControl() as remote:
                assert await remote.cancel(pool.address, [ALL_OF_THE_WORKER]) == {ALL_OF_THE_WORKER.pod}
            app.control.shutdown()
            await until(lambda: admin.llen("reports") == 1)  # a worker that ends gives the task back

        assert denied(admin) == set()


def documented_rights() -> list[str]:
    """The command in docs/redis.md, in words."""
    text = (ROOT / "docs/redis.md").read_text()
    return text.partition("<!-- tested: acl -->")[2].split("```")[1].split()


def denied(admin: Redis) -> set[str]:
    """What was tried without the right to; CLIENT SETINFO, which Redis has since 7.2, goes without an answer."""
    return {f"{entry['reason']} {entry['object']}" for entry in admin.acl_log()} - {"command client|setinfo"}
