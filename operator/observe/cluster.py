"""A pool, its children and its Secrets, read from the API server."""

import asyncio
import base64
import binascii
from collections.abc import Mapping

from revrx_operator.api import POOL_LABEL
from revrx_operator.api.spec import PoolSpec
from revrx_operator.api.validation import InvalidSpec, parse_spec
from revrx_operator.kubeapi import CHILDREN, POOL, SECRET, Kind, KubeApi
from revrx_operator.model import BrokerAddress, ClusterView, Manifest, PoolKey
from revrx_operator.observe.broker import broker_address
from revrx_operator.resources.names import child_name
from revrx_operator.resources.secrets import SecretNeed, required_secrets

Secrets = Mapping[str, Mapping[str, str] | None]
"""Decoded data by Secret name; None for a Secret that is not there."""


async def observe_cluster(api: KubeApi, key: PoolKey) -> ClusterView | None:
    """The pool as it stands now, or None where it is gone or going. Raises ApiError."""
    pool = await api.get(POOL, key.namespace, key.name)
    if pool is None or "deletionTimestamp" in pool["metadata"]:
        return None
    try:
        spec = parse_spec(pool.get("spec", {}))
    except InvalidSpec as error:
        return ClusterView(key, pool, None, spec_errors=error.errors)
    needs = required_secrets(spec)
    secrets, children = await asyncio.gather(_secrets(api, key, needs), _children(api, key, spec))
    return ClusterView(
        key,
        pool,
        spec,
        missing_secrets=_missing(key, needs, secrets),
        broker=_broker(spec, secrets),
        children=children,
    )


async def _children(api: KubeApi, key: PoolKey, spec: PoolSpec) -> tuple[Manifest, ...]:
    """What carries the pool's label, and whatever else has the name of a child: it may be somebody else's."""
    labelled = await asyncio.gather(*(api.list(kind, key.namespace, f"{POOL_LABEL}={key.name}") for kind in CHILDREN))
    found = [child for children in labelled for child in children]
    known = {(child["kind"], child["metadata"]["name"]) for child in found}
    names = [child_name(key.name, group.name) for group in spec.workers]
    absent = [(kind, name) for name in names for kind in CHILDREN if (kind.name, name) not in known]
    return (*found, *await _existing(api, key.namespace, absent))


async def _existing(api: KubeApi, namespace: str, wanted: list[tuple[Kind, str]]) -> list[Manifest]:
    answers = await asyncio.gather(*(api.get(kind, namespace, name) for kind, name in wanted))
    return [answer for answer in answers if answer is not None]


async def _secrets(api: KubeApi, key: PoolKey, needs: tuple[SecretNeed, ...]) -> Secrets:
    names = sorted({need.name for need in needs})
    answers = await asyncio.gather(*(api.get(SECRET, key.namespace, name) for name in names))
    return {name: _decoded(answer) for name, answer in zip(names, answers, strict=True)}


def _decoded(secret: Manifest | None) -> Mapping[str, str] | None:
    """The data of a Secret as text; a value that is no text reads as empty, which no URL is."""
    if secret is None:
        return None
    return {key: _text(value) for key, value in (secret.get("data") or {}).items()}


def _text(value: str) -> str:
    try:
        return base64.b64decode(value).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _missing(key: PoolKey, needs: tuple[SecretNeed, ...], secrets: Secrets) -> tuple[str, ...]:
    sentences = (_lack(key.namespace, need, secrets[need.name]) for need in needs)
    return tuple(dict.fromkeys(sentence for sentence in sentences if sentence))


def _lack(namespace: str, need: SecretNeed, data: Mapping[str, str] | None) -> str:
    if data is None:
        return f"Secret {need.name} does not exist in namespace {namespace}; {need.field_path} needs it"
    if need.key is not None and need.key not in data:
        return f"Secret {need.name} in namespace {namespace} has no key {need.key}; {need.field_path} needs it"
    return ""


def _broker(spec: PoolSpec, secrets: Secrets) -> BrokerAddress | None:
    broker = spec.broker
    reference = broker.url_secret_ref
    url = broker.url if reference is None else (secrets[reference.name] or {}).get(reference.key)
    return broker_address(broker, url, _redis_password(spec, secrets)) if url else None


def _redis_password(spec: PoolSpec, secrets: Secrets) -> str | None:
    """REDIS_PASSWORD as the workers get it from spec.env."""
    for entry in spec.env:
        if entry.get("name") == "REDIS_PASSWORD":
            reference = (entry.get("valueFrom") or {}).get("secretKeyRef")
            return (secrets.get(reference["name"]) or {}).get(reference["key"]) if reference else entry.get("value")
    return None
