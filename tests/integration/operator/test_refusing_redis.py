"""Redises that answer, and do not let themselves be read as usual."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from redis import Redis

from revrx_operator.model import BrokerAddress
from revrx_operator.observe.queues import GroupQueues
from revrx_operator.observe.redis import BrokerError
from tests.fixtures.redis_server import RedisServer, redis_server
from tests.integration.operator.test_reading_redis import celery_app, holding, publish, reader_of

GROUPS = {"group": GroupQueues(BrokerAddress("unused"), ("reports",))}

ENTER = ("+client|setname",)
"""What every connection of the operator asks for."""


def let_in(server: str, *rights: str) -> str:
    """The URL for a user who may do that and nothing else; the default user may do anything."""
    Redis.from_url(server).acl_setuser(
        "operator",
        enabled=True,
        passwords=["+secret"],
        keys=["*"],
        channels=["*"],
        commands=[*ENTER, *rights],
        reset=True,
    )
    return server.replace("redis://", "redis://operator:secret@")


@pytest.fixture
def redis_url(redis_server: str) -> str:
    Redis.from_url(redis_server).flushdb()
    return redis_server


async def test_where_scripts_are_not_allowed_the_lists_are_counted_all_the_same(redis_url: str) -> None:
    publish(celery_app(redis_url), 3, priority=9)
    async with reader_of(let_in(redis_url, "+ping", "+llen", "+hlen")) as reader:
        load = (await reader.read(GROUPS))["group"]
        requests = reader.round_trips
        again = (await reader.read(GROUPS))["group"]

        assert (load.waiting, load.unacked, load.oldest_enqueued_at) == (3, 0, None)
        assert again == load
        assert reader.round_trips == requests + 1
        assert "+eval +evalsha" in reader.notice
        assert "secret" not in reader.notice


async def test_where_scripts_are_not_allowed_running_tasks_are_unknown_not_none(redis_url: str) -> None:
    app = celery_app(redis_url)
    publish(app, 2)
    with holding(app, "reports", 1):
        async with reader_of(let_in(redis_url, "+llen", "+hlen")) as reader:
            assert (await reader.read(GROUPS))["group"].unacked is None


async def test_scripts_are_asked_for_again_after_a_while(redis_url: str) -> None:
    now = 1000.0
    async with reader_of(let_in(redis_url, "+llen", "+hlen"), lambda: now) as reader:
        await reader.read(GROUPS)
        let_in(redis_url, "+@all")
        now += 61
        await reader.read(GROUPS)

        assert reader.notice == ""


async def test_the_rights_that_are_named_suffice(redis_url: str) -> None:
    publish(celery_app(redis_url), 3)
    rights = ("+eval", "+evalsha", "+llen", "+lindex", "+hlen", "+hvals")
    async with reader_of(let_in(redis_url, *rights)) as reader:
        assert (await reader.read(GROUPS))["group"].waiting == 3
        assert reader.notice == ""


async def test_a_user_who_may_not_even_count_is_an_error_that_says_so(redis_url: str) -> None:
    async with reader_of(let_in(redis_url, "+ping")) as reader:
        with pytest.raises(BrokerError, match="llen"):
            await reader.read(GROUPS)


@pytest.mark.parametrize("has_slots", [False, True])
async def test_a_redis_cluster_is_refused_with_the_reason(has_slots: bool) -> None:
    with redis_cluster() as server:
        if has_slots:
            Redis.from_url(server.url).cluster("ADDSLOTSRANGE", 0, 16383)
        async with reader_of(server.url) as reader:
            with pytest.raises(BrokerError, match=r"Redis Cluster, .*cannot be a Celery broker"):
                await reader.read(GROUPS)


@contextmanager
def redis_cluster() -> Iterator[RedisServer]:
    """A cluster of one node. Its second port is the first and 10,000, and not every free port is low enough."""
    with ExitStack() as stack:
        for _ in range(20):
            with suppress(RuntimeError):
                server = stack.enter_context(redis_server("--cluster-enabled", "yes"))
                break
        yield server
