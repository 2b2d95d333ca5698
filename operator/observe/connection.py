"""Connections to the Redis of a pool."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from redis.asyncio import Connection, ConnectionPool, Redis, SSLConnection
from redis.asyncio.connection import AbstractConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from revrx_operator.broker_connection import tls_options
from revrx_operator.model import BrokerAddress, SentinelMaster, Tls
from revrx_operator.observe.broker_faults import REDIS_CLUSTER, NoBroker, endpoint_of, told_of
from revrx_operator.observe.broker_url import SENTINEL_PORT, seen_from_outside

TIMEOUT_SECONDS = 2.0
CLIENT_NAME = "revrx-operator"

NOT_A_REDIS = "this is a Sentinel, not a Redis: begin the URL with sentinel:// and give spec.broker.sentinel.masterName"
NOT_A_SENTINEL = "this is a Redis, not a Sentinel: begin the URL with redis:// or rediss://"
SENTINEL_PASSWORD = "the Secret of spec.broker.sentinel.passwordSecretRef"  # noqa: S105 - where it is

Place = tuple[str, int]


def open_redis(address: BrokerAddress, *, client_name: str = CLIENT_NAME) -> Redis:
    """A client of one connection (its pubsub() has another), made at the first command; close it with aclose().

    Connecting and each answer get TIMEOUT_SECONDS, and nothing is tried twice: the next tick is the retry. With
    Sentinel every new connection asks for the master first. What a command raises, broker_faults.told tells.
    """
    settings = {"client_name": client_name, "redis_connect_func": _enter_broker, **tls_options(address.tls)}
    if address.sentinel is None:
        return _client(address.url, **settings)
    sentinels = address.url.split(";")
    kind = MasterConnection if address.tls is None else MasterTlsConnection
    find = partial(find_master, sentinels, address.sentinel, address.tls)
    # User and database in the URL of a Sentinel are the master's.
    return _client(sentinels[0].replace("sentinel://", "redis://", 1), connection_class=kind, find=find, **settings)


def _client(url: str, **settings: Any) -> Redis:
    chosen: dict[str, Any] = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    chosen.update(parse_url(url))
    client = Redis(connection_pool=ConnectionPool(**chosen | settings), single_connection_client=True)
    client.auto_close_connection_pool = True
    return client


class MasterConnection(Connection):
    """Leads to whichever Redis the Sentinels call master at the moment of connecting.

    redis-py's own (8.1.0, asyncio/sentinel.py) asks them only for the first time where a client keeps one connection:
    after a failover it went back to the old master.
    """

    def __init__(self, *, find: Callable[[], Awaitable[Place]], **settings: Any) -> None:
        super().__init__(**settings)
        self._find = find

    async def _connect(self) -> None:
        self.host, self.port = await self._find()
        await super()._connect()  # type: ignore[no-untyped-call]


class MasterTlsConnection(MasterConnection, SSLConnection):
    """The same over TLS."""


async def find_master(sentinels: Sequence[str], master: SentinelMaster, tls: Tls | None) -> Place:
    """Where the master is, as told by the first Sentinel that knows it. Raises NoBroker with what each one said."""
    answers = []
    for url in sentinels:
        sentinel = _sentinel_address(url, master, tls)
        try:
            return await _ask(sentinel, master)
        except (RedisError, OSError) as error:
            endpoint = replace(endpoint_of(sentinel), password_place=SENTINEL_PASSWORD)
            answers.append(f"Sentinel: {told_of(endpoint, error)}")
    raise NoBroker("; ".join(dict.fromkeys(answers)))


async def _ask(sentinel: BrokerAddress, master: SentinelMaster) -> Place:
    client = _client(sentinel.url, redis_connect_func=_enter_sentinel, **tls_options(sentinel.tls))
    try:
        answer = client.execute_command("SENTINEL GET-MASTER-ADDR-BY-NAME", master.name)  # type: ignore[no-untyped-call]
        found: tuple[bytes, int] | None = await answer
    finally:
        await client.aclose()
    if found is None:
        raise NoBroker(
            f"{endpoint_of(sentinel).where} watches no master {master.name}; correct spec.broker.sentinel.masterName"
        )
    host, port = found
    return seen_from_outside(host.decode(), master.namespace), port


def _sentinel_address(url: str, master: SentinelMaster, tls: Tls | None) -> BrokerAddress:
    """The Sentinel itself, entered with the password that the Sentinels share."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    port = "" if parts.port else f":{SENTINEL_PORT}"
    entry = f":{quote(master.password, safe='')}@" if master.password else ""
    return BrokerAddress(f"{'rediss' if tls else 'redis'}://{entry}{place}{port}", tls=tls)


async def _enter_broker(connection: AbstractConnection) -> None:
    """Log in, and see what has answered: a Redis Cluster and a Sentinel would do so, too."""
    await connection.on_connect()
    mode = await _mode(connection)
    if mode != "standalone":
        raise NoBroker(REDIS_CLUSTER if mode == "cluster" else NOT_A_REDIS)


async def _enter_sentinel(connection: AbstractConnection) -> None:
    await connection.on_connect()
    if await _mode(connection) != "sentinel":
        raise NoBroker(NOT_A_SENTINEL)


async def _mode(connection: AbstractConnection) -> str:
    """standalone, sentinel or cluster, by a command that needs no permission (Redis 6.0, HELLO)."""
    await connection.send_command("HELLO")
    answer = await connection.read_response()
    pairs = answer if isinstance(answer, dict) else dict(zip(answer[::2], answer[1::2], strict=True))
    mode: bytes = pairs[b"mode"]
    return mode.decode()
