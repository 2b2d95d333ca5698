"""How Celery enters the Redis of its pool: password, TLS and Sentinels, from the environment.

| variable | |
|---|---|
| `REDIS_PASSWORD` | fills a URL that has none |
| `REVRX_BROKER_CA_FILE` | certificate of the CA to trust, PEM |
| `REVRX_SENTINEL_MASTER` | name by which the Sentinels know the master |
| `REVRX_SENTINEL_PASSWORD` | password of the Sentinels themselves |
"""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from celery import Celery
from redis.backoff import NoBackoff
from redis.retry import Retry

SCHEMES = frozenset({"redis", "rediss", "sentinel"})

Options = dict[str, Any]

# At once a second time, for a connection that was closed meanwhile; then the next Sentinel. redis-py 8.1.0 by itself
# asks each several times with pauses between, for every connection: with the first away a worker started very slowly.
ASK_QUICKLY: Options = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0, "retry": Retry(NoBackoff(), 1)}


class _Role(NamedTuple):
    """What Celery uses a Redis for, and where it keeps what it knows about that."""

    url: str
    variable: str
    """Wins over the setting (celery 5.7.0, app/utils.py, Settings)."""
    tls: str
    options: str


ROLES = (
    _Role("broker_url", "CELERY_BROKER_URL", "broker_use_ssl", "broker_transport_options"),
    _Role("result_backend", "CELERY_RESULT_BACKEND", "redis_backend_use_ssl", "result_backend_transport_options"),
)


def connect(app: Celery) -> None:
    """Complete the settings of the app as soon as they are known; what it has set itself stays."""
    if app.configured:  # type: ignore[attr-defined]
        _configure(app.conf)
    else:
        app.on_after_configure.connect(_when_configured, sender=app, dispatch_uid="revrx_worker.broker", weak=False)


def with_password(url: str, password: str) -> str:
    """The URL with the password where it has none, each of several Sentinels entered like the first.

    kombu takes user, password and database of the master from whichever of the URLs it tries (5.7.0, connection.py,
    switch), Celery's result backend from the first (5.7.0, backends/redis.py, SentinelBackend).
    """
    servers = [urlsplit(part) for part in url.split(";")] if url.startswith("sentinel://") else [urlsplit(url)]
    entry = _entry(servers[0], password)
    return ";".join(
        server._replace(netloc=entry + server.netloc.rpartition("@")[2], path=servers[0].path).geturl()
        for server in servers
    )


def _entry(server: SplitResult, password: str) -> str:
    if password and not server.password:
        return f"{server.username or ''}:{quote(password, safe='')}@"
    userinfo, at, _ = server.netloc.rpartition("@")
    return userinfo + at


def _when_configured(source: Any, **_: Any) -> None:
    _configure(source)


def _configure(conf: Any) -> None:
    password = os.environ.get("REDIS_PASSWORD", "")
    for role in ROLES:
        url = getattr(conf, role.url)
        if isinstance(url, str) and urlsplit(url).scheme in SCHEMES:
            url = with_password(url, password)
            _set_url(conf, role, url)
            _enter(conf, role, url)
    _take_tls_from_settings(conf)


def _set_url(conf: Any, role: _Role, url: str) -> None:
    if os.environ.get(role.variable):
        os.environ[role.variable] = url
    else:
        conf[role.url] = url


def _enter(conf: Any, role: _Role, url: str) -> None:
    tls = _tls(url, conf[role.tls])
    if tls:
        conf[role.tls] = tls
    if url.startswith("sentinel://"):
        conf[role.options] = _sentinel(conf[role.options] or {}, tls)


def _take_tls_from_settings(conf: Any) -> None:
    """Without its TLS parameters the broker's URL leaves TLS to `broker_use_ssl`, which has them, too.

    Otherwise kombu would take them for all there is to say (5.7.0, connection.py), and forget the CA.
    """
    if isinstance(conf.broker_url, str) and "ssl_" in conf.broker_url:
        bare = ";".join(_without_tls_parameters(server) for server in conf.broker_url.split(";"))
        conf.broker_read_url = conf.get("broker_read_url") or bare
        conf.broker_write_url = conf.get("broker_write_url") or bare


def _without_tls_parameters(url: str) -> str:
    server = urlsplit(url)
    rest = [(name, value) for name, value in parse_qsl(server.query) if not name.startswith("ssl_")]
    return server._replace(query=urlencode(rest)).geturl()


def _tls_parameters(url: str) -> Options:
    servers = reversed(url.split(";"))
    return {
        name: value
        for server in servers
        for name, value in parse_qsl(urlsplit(server).query)
        if name.startswith("ssl_")
    }


def _tls(url: str, own: Any) -> Options:
    """Options of the connection; none for a plain one. Where nobody says otherwise, the certificate is verified."""
    ca_file, parameters = os.environ.get("REVRX_BROKER_CA_FILE"), _tls_parameters(url)
    if url.startswith("redis://") or not (url.startswith("rediss://") or ca_file or parameters or own):
        return {}
    options: Options = {"ssl_cert_reqs": "required", **({"ssl_ca_certs": ca_file} if ca_file else {})}
    options |= own if isinstance(own, Mapping) else {}
    options |= parameters
    if isinstance(options["ssl_cert_reqs"], str):
        options["ssl_cert_reqs"] = options["ssl_cert_reqs"].lower().removeprefix("cert_")
    if isinstance(options.get("ssl_check_hostname"), str):
        options["ssl_check_hostname"] = options["ssl_check_hostname"].lower() != "false"
    return options


def _sentinel(options: Mapping[str, Any], tls: Options) -> Options:
    """Options of the transport. Sentinels are entered with their own password, and over TLS where the master is."""
    password = os.environ.get("REVRX_SENTINEL_PASSWORD")
    sentinels = ASK_QUICKLY | ({"password": password} if password else {}) | ({"ssl": True, **tls} if tls else {})
    chosen: Options = {"sentinel_kwargs": sentinels}
    if master := os.environ.get("REVRX_SENTINEL_MASTER"):
        chosen["master_name"] = master
    return chosen | dict(options)
