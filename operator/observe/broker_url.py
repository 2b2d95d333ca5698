"""A broker's URL as a Celery user writes it, read into what the operator connects by."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, cast
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

SENTINEL_PORT = 26379

SCHEMES = ("redis", "rediss", "sentinel")
EXAMPLES = "redis://:PASSWORD@HOST:6379/0, rediss:// for TLS, or sentinel:// for each Sentinel, joined by semicolons"

FILES_OF_THE_WORKER = ("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_password")
"""Paths within the worker's container, and the password of such a file: the operator does without them."""

Verify = Literal["required", "optional", "none"]


class NoRedisUrl(ValueError):
    """What is there is no URL of a Redis; the text does not tell what it is, for it may hold a password."""


class BrokerUrl(NamedTuple):
    """One URL, or one for each Sentinel; each with the same user, password and database, none with a query."""

    servers: tuple[SplitResult, ...]
    tls_parameters: Mapping[str, str]
    """The query's, without those that name files of the worker."""

    @property
    def scheme(self) -> str:
        """redis, rediss or sentinel."""
        return self.servers[0].scheme

    @property
    def verify(self) -> Verify:
        """How Celery is told to look at the server's certificate; required where it is told nothing."""
        return cast("Verify", self.tls_parameters.get("ssl_cert_reqs", "required").lower().removeprefix("cert_"))

    @property
    def check_hostname(self) -> bool:
        """Whether the certificate has to name the host (kombu 5.7.0, utils/url.py: anything but false means so)."""
        return self.tls_parameters.get("ssl_check_hostname", "true").lower() != "false"

    def seen_from(self, namespace: str) -> str:
        """The URL by which a process outside of the workers' ``namespace`` reaches the same servers."""
        return ";".join(_with_host_seen_from(server, namespace).geturl() for server in self.servers)


def read_url(text: str, password: str | None = None) -> BrokerUrl:
    """The URL; the password fills in where it has none. Raises NoRedisUrl."""
    try:
        servers = [urlsplit(part.strip()) for part in text.split(";") if part.strip()]
        _check(servers)
    except ValueError as error:
        raise error if isinstance(error, NoRedisUrl) else NoRedisUrl(_no_url()) from None
    parameters = _tls_parameters(servers)
    first = servers[0]
    userinfo = _userinfo(first, password)
    database = f"/{int(first.path.strip('/') or 0)}"
    same = [server._replace(netloc=userinfo + _place(server), path=database, query="") for server in servers]
    return BrokerUrl(tuple(same), parameters)


def seen_from_outside(host: str, namespace: str) -> str:
    """What the workers call ``redis`` is a Service of their namespace; the operator lives in one of its own.

    A Pod looks a name of one label up in its namespace first (kubernetes.io, "DNS for Services and Pods").
    """
    if not host or not namespace or "." in host or ":" in host or host == "localhost":
        return host
    return f"{host}.{namespace}.svc"


def _no_url() -> str:
    return f"holds no URL such as {EXAMPLES}; in it, write special characters of the password as %XX"


def _check(servers: Sequence[SplitResult]) -> None:
    if any("socket" in server.scheme or server.scheme == "unix" for server in servers):
        raise NoRedisUrl(f"names a Unix socket, which only its own machine reaches; it has to be {EXAMPLES}")
    if not servers or len({server.scheme for server in servers}) > 1 or servers[0].scheme not in SCHEMES:
        raise NoRedisUrl(_no_url())
    if len(servers) > 1 and servers[0].scheme != "sentinel":
        raise NoRedisUrl("names several servers, which only Sentinels may be: Celery would spread its queues over them")
    for server in servers:
        # The property port raises ValueError where it is none: most often a password is to blame, cut at its "/".
        if not server.hostname or server.port == 0 or server.fragment:
            raise NoRedisUrl(_no_url())
        if not re.fullmatch(r"/{0,2}[0-9]*", server.path):
            raise NoRedisUrl("holds a path that is no database number; after the host comes /0, or another number")


def _tls_parameters(servers: Sequence[SplitResult]) -> dict[str, str]:
    found = {name: value for server in reversed(servers) for name, value in parse_qsl(server.query)}
    for name in found:
        if not name.startswith("ssl_"):
            raise NoRedisUrl(
                f"has the parameter {name}, which kombu does not know in a URL; "
                "set it in broker_transport_options of the app"
            )
    if found and servers[0].scheme == "redis":
        raise NoRedisUrl("has parameters of TLS and begins with redis://; begin it with rediss://")
    parameters = {name: value for name, value in found.items() if name not in FILES_OF_THE_WORKER}
    if not re.fullmatch("required|optional|none|CERT_(REQUIRED|OPTIONAL|NONE)", found.get("ssl_cert_reqs", "none")):
        raise NoRedisUrl("has an ssl_cert_reqs that Celery does not know; it has to be required, optional or none")
    return parameters


def _userinfo(server: SplitResult, password: str | None) -> str:
    written = server.netloc.rpartition("@")[0]
    if password and not server.password:
        written = f"{written.rstrip(':')}:{quote(password, safe='')}"
    return f"{written}@" if written else ""


def _place(server: SplitResult) -> str:
    place = server.netloc.rpartition("@")[2].rstrip(":")
    return place if server.port or server.scheme != "sentinel" else f"{place}:{SENTINEL_PORT}"


def _with_host_seen_from(server: SplitResult, namespace: str) -> SplitResult:
    userinfo, at, place = server.netloc.rpartition("@")
    if place.startswith("["):
        return server
    host, colon, port = place.partition(":")
    return server._replace(netloc=f"{userinfo}{at}{seen_from_outside(host, namespace)}{colon}{port}")
