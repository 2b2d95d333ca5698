"""Where a pool's Redis is, and how it is entered."""

import re
import ssl
from collections.abc import Mapping

from revrx_operator.api.spec import Broker, PoolSpec, SecretKeyRef
from revrx_operator.model import BrokerAddress, Reason, SentinelMaster, Tls
from revrx_operator.observe.broker_url import BrokerUrl, NoRedisUrl, read_url

CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

Secrets = Mapping[str, Mapping[str, str] | None]


class BadBroker(ValueError):
    """spec.broker, or what its Secrets hold, leads to no Redis; the text shows nothing that a Secret holds."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.reason = Reason(code, message)


def broker_of(spec: PoolSpec, namespace: str, secrets: Secrets) -> BrokerAddress | None:
    """The Redis that the workers in ``namespace`` use, REDIS_PASSWORD filled in; None while a Secret is not there.

    Raises BadBroker.
    """
    broker = spec.broker
    text = broker.url if broker.url_secret_ref is None else _value(broker.url_secret_ref, secrets)
    ca = "" if broker.ca_secret_ref is None else _ca(broker.ca_secret_ref, secrets)
    if text is None or ca is None:
        return None
    url = _url(text, _redis_password(spec, secrets), broker)
    return BrokerAddress(
        url=url.seen_from(namespace),
        key_prefix=broker.global_key_prefix,
        priority_steps=tuple(broker.priority_steps),
        priority_separator=broker.priority_separator,
        tls=_tls(url, ca),
        sentinel=_sentinel(broker, namespace, secrets),
    )


def _url(text: str, password: str | None, broker: Broker) -> BrokerUrl:
    reference = broker.url_secret_ref
    place = "spec.broker.url" if reference is None else f"Secret {reference.name}, key {reference.key}"
    try:
        url = read_url(text, password)
    except NoRedisUrl as error:
        raise BadBroker("BrokerUrlInvalid", f"{place} {error}") from None
    if fault := _misfit(url.scheme, broker):
        raise BadBroker("BrokerUrlInvalid", f"{place} begins with {url.scheme}://; {fault}")
    return url


def _misfit(scheme: str, broker: Broker) -> str:
    """What the API server refuses where it sees the URL (api/rules.py); in a Secret it does not."""
    if scheme == "sentinel" and broker.sentinel is None:
        return "give the name of the master in spec.broker.sentinel.masterName"
    if scheme != "sentinel" and broker.sentinel is not None:
        return "name the Sentinels in it, or remove spec.broker.sentinel"
    if scheme == "redis" and broker.ca_secret_ref is not None:
        return "begin it with rediss://, or remove spec.broker.caSecretRef"
    return ""


def _tls(url: BrokerUrl, ca: str) -> Tls | None:
    if url.scheme == "rediss" or ca or url.tls_parameters:
        return Tls(ca, url.verify, url.check_hostname)
    return None


def _ca(reference: SecretKeyRef, secrets: Secrets) -> str | None:
    """The certificates alone: Python (3.11, ssl) takes no comments beyond ASCII."""
    held = _value(reference, secrets)
    if held is None:
        return None
    pem = "\n".join(CERTIFICATE.findall(held))
    try:
        ssl.create_default_context(cadata=pem or "none")
    except (ssl.SSLError, TypeError):
        raise BadBroker(
            "BrokerCaInvalid",
            f"Secret {reference.name}, key {reference.key} holds no certificate; spec.broker.caSecretRef needs that of "
            "the CA as PEM, from -----BEGIN CERTIFICATE----- on",
        ) from None
    return pem


def _sentinel(broker: Broker, namespace: str, secrets: Secrets) -> SentinelMaster | None:
    if broker.sentinel is None:
        return None
    reference = broker.sentinel.password_secret_ref
    password = (_value(reference, secrets) or "") if reference else ""
    return SentinelMaster(broker.sentinel.master_name, password.strip(), namespace)


def _redis_password(spec: PoolSpec, secrets: Secrets) -> str | None:
    """REDIS_PASSWORD as the workers get it from spec.env."""
    for entry in spec.env:
        if entry["name"] == "REDIS_PASSWORD":
            reference = (entry.get("valueFrom") or {}).get("secretKeyRef")
            return (secrets.get(reference["name"]) or {}).get(reference["key"]) if reference else entry.get("value")
    return None


def _value(reference: SecretKeyRef, secrets: Secrets) -> str | None:
    return (secrets[reference.name] or {}).get(reference.key)
