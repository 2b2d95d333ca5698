"""Connections to the Redis of a pool."""

from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff

from revrx_operator.broker_connection import sentinel_options, tls_options
from revrx_operator.model import BrokerAddress, SentinelMaster

TIMEOUT_SECONDS = 2.0
CLIENT_NAME = "revrx-operator"
SENTINEL_PORT = 26379


def open_redis(address: BrokerAddress, *, client_name: str = CLIENT_NAME) -> Redis:
    """A client of one connection (its pubsub() has another), made at the first command; close it with aclose().

    Connecting and each answer get TIMEOUT_SECONDS, and nothing is tried twice: the next tick is the retry. With
    Sentinel every new connection asks for the master first.
    """
    settings = _settings() | {"client_name": client_name}
    pool = (
        _server_pool(address, settings)
        if address.sentinel is None
        else _master_pool(address, address.sentinel, settings)
    )
    client = Redis(connection_pool=pool, single_connection_client=True)
    client.auto_close_connection_pool = True
    return client


def _settings() -> dict[str, Any]:
    return {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }


def _server_pool(address: BrokerAddress, settings: dict[str, Any]) -> ConnectionPool:
    return ConnectionPool.from_url(address.url, **settings, **tls_options(address.tls))


def _master_pool(address: BrokerAddress, master: SentinelMaster, settings: dict[str, Any]) -> ConnectionPool:
    """Of the user and database that the URL of the first Sentinel names, for those are the master's."""
    sentinels = [parse_url(url.replace("sentinel://", "redis://", 1)) for url in address.url.split(";")]
    known = [(sentinel["host"], sentinel.get("port", SENTINEL_PORT)) for sentinel in sentinels]
    entry = {key: value for key, value in sentinels[0].items() if key in {"username", "password", "db"}}
    options = _settings() | sentinel_options(address)
    finder = Sentinel(known, sentinel_kwargs=options)  # type: ignore[no-untyped-call]
    tls = {"ssl": True, **tls_options(address.tls)} if address.tls else {}
    pool: ConnectionPool = SentinelConnectionPool(  # type: ignore[no-untyped-call]
        master.name, finder, **settings, **entry, **tls
    )
    return pool
