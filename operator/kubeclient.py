"""The connection to the API server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration


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
