"""Who may enter Flower, as its Secret says it."""

from revrx_operator.api.spec import PoolSpec
from revrx_operator.model import Reason
from revrx_operator.observe.secrets import Secrets, missing_secrets
from revrx_operator.resources.secrets import login_secrets


def login_fault(namespace: str, spec: PoolSpec, secrets: Secrets) -> Reason | None:
    """What is wrong with the login; None where there is none to be, or nothing is.

    Flower takes what is between commas as USER:PASSWORD. An empty one lets in whoever sends none, and one that is not
    ASCII ends each request with an error (Flower 2.2.0, views/__init__.py, get_current_user).
    """
    needs = login_secrets(spec)
    if missing := missing_secrets(namespace, needs, secrets):
        return missing[0]
    for need in needs:
        text = (secrets[need.name] or {})[need.key or ""]
        if not all(_is_login(entry) for entry in text.split(",")):
            return Reason(
                "LoginInvalid",
                f"Secret {need.name} in namespace {namespace} must hold USER:PASSWORD in its key {need.key}, several "
                "joined by commas, in ASCII without spaces and line breaks; kubectl create secret generic "
                f"{need.name} --from-literal={need.key}=USER:PASSWORD makes one",
            )
    return None


def _is_login(entry: str) -> bool:
    user, _, password = entry.partition(":")
    return bool(user and password) and entry.isascii() and entry.isprintable() and " " not in entry
