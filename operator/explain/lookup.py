"""Asking the operator: by way of the API server, with what the user's kubeconfig allows, or straight at its address."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration
from pydantic import ValidationError

from revrx_operator.api import KIND
from revrx_operator.explain.report import Explanation
from revrx_operator.kubeapi import POD, POOL, ApiError, KubeApi
from revrx_operator.model import Manifest, PoolKey
from revrx_operator.objects import has_condition

OPERATOR_PODS = "app.kubernetes.io/component=operator"
PORT_NAME = "revrx-metrics"
"""By it the operator's pods are told from those of other operators with the same label."""
URL_TIMEOUT_SECONDS = 10
WHERE_IT_LISTENS = "on the cluster that is port 8081 of its pod, and run --local says it at its start"

Ask = Callable[[], Awaitable[Explanation]]
"""Raises UnknownPool or Unanswered."""


class UnknownPool(Exception):
    """There is no such pool."""


class Unanswered(Exception):
    """The operator could not be asked; the text says why, and what to do about it."""

    def __init__(self, sentence: str, pool: Manifest | None = None) -> None:
        super().__init__(sentence)
        self.pool = pool
        """The pool as it stands, where at least that is known."""


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
async def on_cluster(
    context: str | None, namespace: str | None, pool: str, operator_namespace: str
) -> AsyncIterator[Ask]:
    """Ask through the API server of a kubeconfig's context. Without a namespace it is the context's, as with kubectl.

    Raises ConfigException where there is no usable kubeconfig. An empty operator_namespace is all of them.
    """
    configuration = Configuration()
    loader = await config.load_kube_config(  # type: ignore[no-untyped-call]
        context=context, client_configuration=configuration
    )
    default = loader.current_context["context"].get("namespace", "default")
    async with ApiClient(configuration) as client:
        api, key = KubeApi(client), PoolKey(namespace or default, pool)
        yield lambda: ask_operator(api, key, operator_namespace)


async def ask_operator(api: KubeApi, key: PoolKey, operator_namespace: str) -> Explanation:
    """What the operator that serves the pool says. Raises UnknownPool or Unanswered."""
    try:
        pool = await api.get(POOL, key.namespace, key.name)
    except ApiError as error:
        raise Unanswered(f"the pool {key} cannot be read: {error}") from error
    if pool is None:
        raise UnknownPool(
            f"there is no {KIND} {key.name} in namespace {key.namespace}; "
            "kubectl get rwp --all-namespaces lists those that there are"
        )
    complaints: list[str] = []
    for pod, port in await _operators(api, operator_namespace, pool):
        try:
            answer = await api.proxy(*pod, port, f"/explain/{key.namespace}/{key.name}")
        except ApiError as error:
            complaints.append(_complaint(pod, error))
        else:
            return _parsed(answer, pod.name, pool)
    raise Unanswered("; ".join(complaints), pool)


async def _operators(api: KubeApi, namespace: str, pool: Manifest) -> list[tuple[PoolKey, int]]:
    """Namespace and name of each operator's pod that is ready, and its port."""
    try:
        pods = await api.list(POD, namespace, OPERATOR_PODS)
    except ApiError as error:
        cure = "" if namespace else "; name the operator's namespace with --operator-namespace"
        raise Unanswered(f"the operator's pods cannot be listed: {error}{cure}", pool) from error
    found = [(_key(pod), port) for pod in pods if _is_ready(pod) and (port := _port(pod))]
    if not found:
        raise Unanswered(
            f"no operator is ready; look at it: kubectl get pods --all-namespaces --selector {OPERATOR_PODS}", pool
        )
    return found


def _key(pod: Manifest) -> PoolKey:
    return PoolKey(pod["metadata"]["namespace"], pod["metadata"]["name"])


def _is_ready(pod: Manifest) -> bool:
    return has_condition(pod.get("status", {}), "Ready")


def _port(pod: Manifest) -> int | None:
    ports = (port for container in pod["spec"]["containers"] for port in container.get("ports") or [])
    return next((port["containerPort"] for port in ports if port.get("name") == PORT_NAME), None)


def _complaint(pod: PoolKey, error: ApiError) -> str:
    if error.status == HTTPStatus.FORBIDDEN:
        return f"the operator {pod} may not be asked: {error}; it takes get on pods/proxy in namespace {pod.namespace}"
    return f"the operator {pod} does not say: {error}"


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
