"""The pool that somebody names, or a sentence that helps to the right name."""

from collections.abc import Sequence
from difflib import get_close_matches
from http import HTTPStatus

from revrx_operator.api import KIND
from revrx_operator.kubeapi import POOL, ApiError, KubeApi
from revrx_operator.model import Manifest, PoolKey

MOST_NAMED = 10
NO_KIND = f"this cluster knows no {KIND}; install the operator's chart, which brings it"
ELSEWHERE = "kubectl get rwp --all-namespaces lists those that there are"


class UnknownPool(Exception):
    """There is no such pool; the text says which there are."""


async def find_pool(api: KubeApi, key: PoolKey) -> Manifest:
    """The pool as stored. Raises UnknownPool, or ApiError."""
    pool = await api.get(POOL, key.namespace, key.name)
    if pool is None:
        cure = await _cure(api, key)
        raise UnknownPool(f"there is no {KIND} {key.name} in namespace {key.namespace}; {cure}")
    return pool


async def _cure(api: KubeApi, key: PoolKey) -> str:
    try:
        pools = await api.list(POOL, key.namespace, "")
    except ApiError as error:
        return NO_KIND if error.status == HTTPStatus.NOT_FOUND else ELSEWHERE
    return _nearest(key.name, sorted(pool["metadata"]["name"] for pool in pools))


def _nearest(name: str, names: Sequence[str]) -> str:
    if close := get_close_matches(name, names, n=1):
        return f"did you mean {close[0]}?"
    if not names or len(names) > MOST_NAMED:
        return ELSEWHERE
    return f"there is {', '.join(names)}"
