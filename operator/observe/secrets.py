"""The Secrets that a pool names: what they hold, and which are not there."""

import asyncio
import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from revrx_operator.kubeapi import SECRET, KubeApi
from revrx_operator.model import Manifest, Reason
from revrx_operator.resources.secrets import SecretNeed

Secrets = Mapping[str, Mapping[str, str] | None]
"""Decoded data by the Secret's name; None for a Secret that is not there."""


DIGEST_BYTES = 4
"""Enough to notice a change, and too few to try passwords on: thousands of each length fit."""


async def read_secrets(api: KubeApi, namespace: str, needs: Sequence[SecretNeed]) -> Secrets:
    """Every Secret that is needed. Raises ApiError."""
    names = sorted({need.name for need in needs})
    answers = await asyncio.gather(*(api.get(SECRET, namespace, name) for name in names))
    return {name: _decoded(answer) for name, answer in zip(names, answers, strict=True)}


def missing_secrets(namespace: str, needs: Sequence[SecretNeed], secrets: Secrets) -> tuple[Reason, ...]:
    """A reason for each Secret or key that is needed and not there."""
    sentences = (_lack(namespace, need, secrets[need.name]) for need in needs)
    return tuple(Reason("SecretMissing", sentence) for sentence in dict.fromkeys(sentences) if sentence)


def digest_of(needs: Sequence[SecretNeed], secrets: Secrets) -> str | None:
    """What changes with what is needed of the Secrets: empty where nothing is, None where some of it is not there."""
    held = {(need.name, need.key): _held(need, secrets[need.name]) for need in needs}
    if not held:
        return ""
    if None in held.values():
        return None
    text = json.dumps([[*of, value] for of, value in sorted(held.items(), key=repr)])
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


def _held(need: SecretNeed, data: Mapping[str, str] | None) -> object:
    """The value, or all of them; None where it is not there."""
    if data is None:
        return None
    return dict(sorted(data.items())) if need.key is None else data.get(need.key)


def _lack(namespace: str, need: SecretNeed, data: Mapping[str, str] | None) -> str:
    if data is None:
        return f"Secret {need.name} does not exist in namespace {namespace}; {need.field_path} needs it"
    if need.key is not None and need.key not in data:
        return f"Secret {need.name} in namespace {namespace} has no key {need.key}; {need.field_path} needs it"
    return ""


def _decoded(secret: Manifest | None) -> Mapping[str, str] | None:
    if secret is None:
        return None
    return {key: _text(value) for key, value in (secret.get("data") or {}).items()}


def _text(value: str) -> str:
    """A value that is no text reads as empty; only URLs and passwords are looked at."""
    try:
        return base64.b64decode(value).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
