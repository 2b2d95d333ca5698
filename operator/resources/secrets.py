"""Which Secrets the workers of a pool, and its Flower, cannot start without."""

from collections.abc import Iterator
from typing import NamedTuple

from revrx_operator.api.spec import PoolSpec


class SecretNeed(NamedTuple):
    """A Secret in the pool's namespace, where key is given that key of it, and the field that asks for it."""

    name: str
    key: str | None
    field_path: str


def required_secrets(spec: PoolSpec) -> tuple[SecretNeed, ...]:
    """Every Secret that the spec names for workers outside podTemplate, without those marked optional."""
    return (*_of_broker(spec), *_of_env(spec), *_of_env_from(spec))


def login_secrets(spec: PoolSpec) -> tuple[SecretNeed, ...]:
    """The one that says who may enter Flower, where there is to be one. Workers do without."""
    login = spec.flower.basic_auth_secret_ref
    if login is None or not spec.flower.enabled:
        return ()
    return (SecretNeed(login.name, login.key, "spec.flower.basicAuthSecretRef"),)


def _of_broker(spec: PoolSpec) -> Iterator[SecretNeed]:
    broker, sentinel = spec.broker, spec.broker.sentinel
    references = {
        "urlSecretRef": broker.url_secret_ref,
        "caSecretRef": broker.ca_secret_ref,
        "sentinel.passwordSecretRef": sentinel.password_secret_ref if sentinel else None,
    }
    for field, reference in references.items():
        if reference is not None:
            yield SecretNeed(reference.name, reference.key, f"spec.broker.{field}")


def _of_env(spec: PoolSpec) -> Iterator[SecretNeed]:
    for index, entry in enumerate(spec.env):
        ref = entry.get("valueFrom", {}).get("secretKeyRef")
        if ref and not ref.get("optional"):
            yield SecretNeed(ref["name"], ref["key"], f"spec.env[{index}].valueFrom.secretKeyRef")


def _of_env_from(spec: PoolSpec) -> Iterator[SecretNeed]:
    for index, source in enumerate(spec.env_from):
        ref = source.get("secretRef")
        if ref and not ref.get("optional"):
            yield SecretNeed(ref["name"], None, f"spec.envFrom[{index}].secretRef")
