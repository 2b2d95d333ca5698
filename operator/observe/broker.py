"""Where a pool's Redis is."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from redis.asyncio.connection import parse_url

from revrx_operator.api.spec import PoolSpec
from revrx_operator.model import BrokerAddress


class NoRedisUrl(ValueError):
    """Where the broker's URL should be is something else; the text does not tell what, for it may hold a password."""


def broker_of(spec: PoolSpec, namespace: str, secrets: Mapping[str, Mapping[str, str] | None]) -> BrokerAddress | None:
    """The Redis that the workers in ``namespace`` use, REDIS_PASSWORD filled in; None while its Secret is not there.

    Raises NoRedisUrl.
    """
    broker, reference = spec.broker, spec.broker.url_secret_ref
    url = broker.url if reference is None else (secrets[reference.name] or {}).get(reference.key)
    if url is None:
        return None
    place = "spec.broker.url" if reference is None else f"Secret {reference.name}, key {reference.key}"
    return BrokerAddress(
        url=_seen_from_outside(_checked(url, _redis_password(spec, secrets), place), namespace),
        key_prefix=broker.global_key_prefix,
        priority_steps=tuple(broker.priority_steps),
        priority_separator=broker.priority_separator,
    )


def _redis_password(spec: PoolSpec, secrets: Mapping[str, Mapping[str, str] | None]) -> str | None:
    """REDIS_PASSWORD as the workers get it from spec.env."""
    for entry in spec.env:
        if entry["name"] == "REDIS_PASSWORD":
            reference = (entry.get("valueFrom") or {}).get("secretKeyRef")
            return (secrets.get(reference["name"]) or {}).get(reference["key"]) if reference else entry.get("value")
    return None


def _checked(url: str, password: str | None, place: str) -> str:
    try:
        address = _with_password(url.strip(), password)
        parse_url(address)
    except ValueError:
        raise NoRedisUrl(
            f"{place} holds no URL such as redis://:PASSWORD@HOST:6379/0; in it, write special characters of the "
            "password as %XX"
        ) from None
    return address


def _with_password(url: str, password: str | None) -> str:
    parts = urlsplit(url)
    if not password or parts.password:
        return url
    userinfo = f"{parts.username or ''}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{userinfo}@{parts.netloc.rpartition('@')[2]}"))


def _seen_from_outside(url: str, namespace: str) -> str:
    """What the workers call ``redis`` is a Service of their namespace; the operator lives in one of its own.

    A Pod looks a name of one label up in its namespace first (kubernetes.io, "DNS for Services and Pods").
    """
    parts = urlsplit(url)
    userinfo, at, host_and_port = parts.netloc.rpartition("@")
    host, colon, port = host_and_port.partition(":")
    if not host or "." in host or host.startswith("[") or host == "localhost":
        return url
    return urlunsplit(parts._replace(netloc=f"{userinfo}{at}{host}.{namespace}.svc{colon}{port}"))
