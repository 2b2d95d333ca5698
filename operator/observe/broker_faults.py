"""What is wrong between the operator and a pool's Redis, told in one sentence with its cure."""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import NamedTuple

from redis.asyncio.connection import parse_url
from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterCrossSlotError,
    ClusterDownError,
    InvalidResponse,
    MasterDownError,
    NoPermissionError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from revrx_operator.model import BrokerAddress

REDIS_CLUSTER = (
    "this is a Redis Cluster, which cannot be a Celery broker: kombu needs all keys on one server; "
    "use a single Redis, with Sentinel for failover"
)


class NoBroker(RedisError):
    """A server answers, and is not the Redis that a pool needs; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Who is asked, as far as a sentence about it goes."""

    where: str
    """Host and port, or what stands for them while they are not known."""
    host: str = ""
    user: str = "default"
    database: int = 0
    speaks_tls: bool = False
    password_place: str = "the broker's URL"  # noqa: S105 - where a password is, not one


class _Fault(NamedTuple):
    """An error of one of these types, in whose text the pattern is found, and the sentence for it.

    In the sentence braces hold fields of the Endpoint, or the number of a group of the pattern.
    """

    errors: tuple[type[BaseException], ...]
    pattern: str
    sentence: str
    speaks_tls: bool | None = None
    """Goes for TLS only, or for plain connections only; None for both."""


_FAULTS = (
    _Fault((NoBroker,), "(?s)(.*)", "{1}"),
    _Fault((MasterDownError,), "", "{where} is a replica that has lost its master; the broker must be the master"),
    _Fault((ClusterDownError, ClusterCrossSlotError, AskError), "", REDIS_CLUSTER),
    _Fault(
        (ssl.SSLCertVerificationError,),
        "(?:Hostname|IP address) mismatch",
        "the certificate of {where} does not name {host}; let it name that too, or write a name that it has into the "
        "broker's URL",
    ),
    _Fault(
        (ssl.SSLCertVerificationError,),
        r"certificate verify failed: (.+?)\.? \(",
        "the certificate of {where} is not trusted ({1}); give the CA that signed it in spec.broker.caSecretRef",
    ),
    _Fault(
        (ssl.SSLError,),
        "(?i)certificate.required",
        "{where} asks for a client certificate, and there is none to give; set tls-auth-clients there to no",
    ),
    _Fault((ssl.SSLError,), r"(?s)(?:\[.*?\] )?(.+?)(?: \(_ssl.*)?$", "{where} and the operator agree on no TLS: {1}"),
    _Fault(
        (AuthenticationError,),
        "invalid",
        "{where} does not accept the user or the password; correct them in {password_place}",
    ),
    _Fault((AuthenticationError,), "", "{where} asks for a password; put it into {password_place}"),
    _Fault(
        (NoPermissionError,),
        r"run the '([^']+)' command",
        "the user {user} of {where} may not run {1}; allow it there: ACL SETUSER {user} +{1}",
    ),
    _Fault(
        (NoPermissionError,),
        "one of the (key|channel)s",
        "the user {user} of {where} may not access a {1} of Celery; docs/redis.md lists what to allow",
    ),
    _Fault(
        (ResponseError,),
        "executing the script can.t run|ACL failure in script",
        "the user {user} of {where} may not run what counts the queues; allow it there: "
        "ACL SETUSER {user} +llen +lindex +hlen +hvals",
    ),
    _Fault((ResponseError,), "DB index is out of range", "{where} has no database {database}; name one that it has"),
    _Fault(
        (socket.gaierror,), "", "the host name {host} is not found; check its spelling, and that its Service is there"
    ),
    _Fault((ConnectionRefusedError,), "", "{where} refuses the connection: nothing listens there"),
    _Fault((InvalidResponse,), "", "what listens on {where} is no Redis; check host and port, and proxies in between"),
    _Fault(
        (RedisTimeoutError,),
        "connecting",
        "{where} does not answer; check that nothing blocks the way, and that it speaks TLS on this port",
        speaks_tls=True,
    ),
    _Fault((RedisTimeoutError,), "", "{where} does not answer in time; check that nothing blocks the way"),
    _Fault(
        (ConnectionResetError, RedisConnectionError),
        "reset by peer|closed by server",
        "{where} closed the connection; where it speaks TLS, the URL has to begin with rediss://",
        speaks_tls=False,
    ),
    # With TLS 1.3 a server asks after the handshake, and a reset on the alert's heels can overtake it (RFC 8446, 4.4).
    _Fault(
        (ConnectionResetError, BrokenPipeError, RedisConnectionError),
        "reset by peer|closed by server|Broken pipe",
        "{where} closed the connection; if it asks for a client certificate, there is none to give; "
        "set tls-auth-clients there to no",
        speaks_tls=True,
    ),
)


def told(error: BaseException, address: BrokerAddress) -> str:
    """The sentence; it holds no password."""
    return told_of(endpoint_of(address), error)


def told_of(endpoint: Endpoint, error: BaseException) -> str:
    """The same for a server that is entered in another way than the broker."""
    causes = list(_causes(error))
    words = asdict(endpoint) | _seen_in(causes)
    for fault in _FAULTS:
        if fault.speaks_tls in {None, endpoint.speaks_tls}:
            for cause in causes:
                if isinstance(cause, fault.errors) and (match := re.search(fault.pattern, str(cause))):
                    return fault.sentence.format(match[0], *match.groups(), **words)
    return f"{words['where']}: {error or type(error).__name__}"


def endpoint_of(address: BrokerAddress) -> Endpoint:
    """Whom the address leads to; with Sentinel, the master."""
    url = address.url.split(";")[0].replace("sentinel://", "redis://", 1)
    parts = parse_url(url)
    host, port = parts.get("host", "localhost"), parts.get("port", 6379)
    where = f"the master {address.sentinel.name}" if address.sentinel else f"{host}:{port}"
    user, database = parts.get("username", "default"), parts.get("db", 0)
    return Endpoint(where, host, user, database, speaks_tls=address.tls is not None)


def _seen_in(causes: list[BaseException]) -> dict[str, str]:
    """Host and port where an error names them: with Sentinel nothing else knows them."""
    for cause in causes:
        if match := re.search(r"(?:connecting to|reading from|writing to) ((\S+):\d+)", str(cause)):
            return {"where": match[1], "host": match[2]}
    return {}


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it was raised from or because of; redis-py raises its own on top of the socket's."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
