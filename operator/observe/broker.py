"""Where a pool's Redis is."""

from urllib.parse import quote, urlsplit, urlunsplit

from revrx_operator.api.spec import Broker
from revrx_operator.model import BrokerAddress


def broker_address(broker: Broker, url: str, password: str | None) -> BrokerAddress:
    """The address that workers and operator share; REDIS_PASSWORD fills a URL that has none."""
    return BrokerAddress(
        url=_with_password(url.strip(), password),
        key_prefix=broker.global_key_prefix,
        priority_steps=tuple(broker.priority_steps),
        priority_separator=broker.priority_separator,
    )


def _with_password(url: str, password: str | None) -> str:
    parts = urlsplit(url)
    if not password or parts.password:
        return url
    userinfo = f"{parts.username or ''}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{userinfo}@{parts.netloc.rpartition('@')[2]}"))
