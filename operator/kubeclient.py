"""The connection to the API server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration


@dataclass(frozen=True, slots=True)
class Where:
    """What a user says about the cluster, as to kubectl; None leaves it to the kubeconfig."""

    kubeconfig: str | None = None
    """Path; None is what KUBECONFIG names, else that of the home directory."""
    context: str | None = None
    namespace: str | None = None


@asynccontextmanager
async def api_client() -> AsyncIterator[ApiClient]:
    """A client for the cluster that the pod runs in, else for the current context of the kubeconfig.

    Raises ConfigException where there is neither.
    """
    configuration = Configuration()
    try:
        config.load_incluster_config(configuration)  # type: ignore[no-untyped-call]
    except config.ConfigException:
        await config.load_kube_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    async with _client(configuration) as client:
        yield client


@asynccontextmanager
async def user_client(where: Where) -> AsyncIterator[tuple[ApiClient, str]]:
    """A client for the cluster that kubectl would take, and the namespace that it would take.

    Raises ConfigException where there is no usable kubeconfig, and YAMLError.
    """
    configuration = Configuration()
    loader = await config.load_kube_config(  # type: ignore[no-untyped-call]
        config_file=where.kubeconfig, context=where.context, client_configuration=configuration
    )
    async with _client(configuration) as client:
        yield client, where.namespace or loader.current_context["context"].get("namespace") or "default"


@asynccontextmanager
async def _client(configuration: Configuration) -> AsyncIterator[ApiClient]:
    # With trust_env each request looks for a proxy and a .netrc in threads of their own, which costs more than all the
    # rest of it (aiohttp 3.14, client.py).
    configuration.client_session_kwargs = {"trust_env": False}
    configuration.proxy = configuration.proxy or _proxy_of_environment(configuration.host)
    async with ApiClient(configuration) as client:
        yield client


def _proxy_of_environment(url: str) -> str | None:
    """What HTTPS_PROXY, HTTP_PROXY and NO_PROXY say about the API server."""
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme)
