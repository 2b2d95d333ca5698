"""A BrokerAddress as the arguments of the clients that connect to it: redis-py and kombu."""

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

from revrx_operator.model import BrokerAddress, Tls

SENTINEL_SECONDS = 2.0
ONE_RETRY = Retry(NoBackoff(), 1)
"""At once, for a connection that was closed meanwhile; then the next Sentinel is asked."""


def tls_options(tls: Tls | None) -> dict[str, Any]:
    """Keyword arguments of a TLS connection of redis-py; none for a plain one."""
    if tls is None:
        return {}
    options: dict[str, Any] = {"ssl_cert_reqs": tls.verify, "ssl_check_hostname": tls.check_hostname}
    return {**options, "ssl_ca_data": tls.ca} if tls.ca else options


def kombu_arguments(address: BrokerAddress) -> dict[str, Any]:
    """Keyword arguments of ``kombu.Connection``; add other transport options to those that are here.

    kombu 5.7.0, transport/redis.py, Channel._connparams hands ``ssl`` to the connection of redis-py, and
    SentinelChannel takes the master's name and the arguments for the Sentinels from the transport options.
    """
    options: dict[str, Any] = {"global_keyprefix": address.key_prefix} if address.key_prefix else {}
    if address.sentinel is not None:
        options["master_name"] = address.sentinel.name
        options["sentinel_kwargs"] = sentinel_options(address)
    return {"hostname": address.url, "ssl": tls_options(address.tls) or False, "transport_options": options}


def sentinel_options(address: BrokerAddress) -> dict[str, Any]:
    """Keyword arguments of a redis-py client of a Sentinel, where there are Sentinels."""
    if address.sentinel is None:
        return {}
    quickly = {"socket_timeout": SENTINEL_SECONDS, "socket_connect_timeout": SENTINEL_SECONDS, "retry": ONE_RETRY}
    password = {"password": address.sentinel.password} if address.sentinel.password else {}
    return {**quickly, **password, **({"ssl": True, **tls_options(address.tls)} if address.tls else {})}
