"""Asking the operator to explain a pool: by way of the API server, or straight at its address."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
from pydantic import ValidationError

from revrx_operator.explain.operators import Unanswered, first_answer
from revrx_operator.explain.pools import UnknownPool, find_pool
from revrx_operator.explain.report import Explanation
from revrx_operator.kubeapi import ApiError, KubeApi
from revrx_operator.kubeclient import Where, user_client
from revrx_operator.model import Manifest, PoolKey

URL_TIMEOUT_SECONDS = 10
WHERE_IT_LISTENS = "on the cluster that is port 8081 of its pod, and run --local says it at its start"

Ask = Callable[[], Awaitable[Explanation]]
"""Raises UnknownPool or Unanswered."""


@asynccontextmanager
async def at_url(url: str, namespace: str | None, pool: str) -> AsyncIterator[Ask]:
    """Ask at an address. Without a namespace it is the one pool of that name."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=URL_TIMEOUT_SECONDS)) as session:

        async def ask() -> Explanation:
            of = namespace or await _only_namespace(session, url, pool)
            answer = await _get(session, f"{url.rstrip('/')}/explain/{of}/{pool}")
            if answer is None:
                raise UnknownPool(f"the operator at {url} knows no pool {of}/{pool}")
            return _parsed(answer, url)

        yield ask


@asynccontextmanager
async def on_cluster(where: Where, pool: str, operator_namespace: str) -> AsyncIterator[Ask]:
    """Ask through the API server of a kubeconfig's context. Without a namespace it is the context's, as with kubectl.

    Raises ConfigException where there is no usable kubeconfig. An empty operator_namespace is all of them.
    """
    async with user_client(where) as (client, namespace):
        api, key = KubeApi(client), PoolKey(namespace, pool)
        yield lambda: ask_operator(api, key, operator_namespace)


async def ask_operator(api: KubeApi, key: PoolKey, operator_namespace: str) -> Explanation:
    """What the operator that serves the pool says. Raises UnknownPool or Unanswered."""
    try:
        pool = await find_pool(api, key)
    except ApiError as error:
        raise Unanswered(f"the pool {key} cannot be read: {error}") from error
    try:
        operator, answer = await first_answer(api, operator_namespace, f"/explain/{key.namespace}/{key.name}")
    except Unanswered as unanswered:
        raise Unanswered(str(unanswered), pool) from unanswered
    return _parsed(answer, operator.name, pool)


async def _only_namespace(session: aiohttp.ClientSession, url: str, pool: str) -> str:
    known = await _get(session, f"{url.rstrip('/')}/explain")
    if known is None:
        raise Unanswered(f"what answers at {url} is no revrx-operator; {WHERE_IT_LISTENS}")
    found = [entry["namespace"] for entry in known if entry["name"] == pool]
    if not found:
        names = ", ".join(f"{entry['namespace']}/{entry['name']}" for entry in known) or "none yet"
        raise UnknownPool(f"the operator at {url} knows no pool {pool}; it knows {names}")
    if len(found) > 1:
        raise UnknownPool(f"there are pools {pool} in {', '.join(found)}; choose with --namespace")
    return str(found[0])


async def _get(session: aiohttp.ClientSession, url: str) -> Any | None:
    """The JSON that is there; None where nothing is."""
    try:
        async with session.get(url) as response:
            return None if response.status == HTTPStatus.NOT_FOUND else await response.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        told = error or type(error).__name__
        raise Unanswered(f"no operator answers at {url}: {told}; {WHERE_IT_LISTENS}") from error


def _parsed(answer: Any, where: str, pool: Manifest | None = None) -> Explanation:
    try:
        return Explanation.model_validate(answer)
    except ValidationError as error:
        raise Unanswered(f"{where} answers something else; take the revrx-operator of its version", pool) from error
