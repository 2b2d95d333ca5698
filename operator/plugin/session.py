"""A user's way to a cluster, and what goes wrong on it, in one line with the cure."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import click
import yaml
from kubernetes.aio.client import ApiClient
from kubernetes.aio.config import ConfigException

from revrx_operator.api import GROUP, GROUP_LABEL, KIND, POOL_LABEL
from revrx_operator.explain.pools import NO_KIND, UnknownPool, find_pool
from revrx_operator.kubeapi import POD, POOL, ApiError, Kind, KubeApi
from revrx_operator.kubeclient import Where, user_client
from revrx_operator.model import Manifest, PoolKey

FIELD_MANAGER = "kubectl-revrx"
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Session:
    """A connection with the rights of the user's kubeconfig."""

    client: ApiClient
    api: KubeApi
    namespace: str

    async def pool(self, name: str) -> Manifest:
        """The pool of that name. Raises ClickException."""
        with told("get", POOL, self.namespace):
            return await find_pool(self.api, PoolKey(self.namespace, name))

    async def change(self, name: str, operations: list[Manifest]) -> Manifest:
        """The pool after a JSON Patch. Raises ClickException."""
        with told("patch", POOL, self.namespace):
            return await self.api.patch(POOL, self.namespace, name, operations, FIELD_MANAGER)

    async def worker_pods(self, pool: str, group: str | None = None) -> list[Manifest]:
        """The pods of a pool's workers, or of one group's; Flower's is of no group. Raises ClickException."""
        selector = f"{POOL_LABEL}={pool},{GROUP_LABEL}" + (f"={group}" if group else "")
        with told("list", POD, self.namespace):
            return await self.api.list(POD, self.namespace, selector)


@asynccontextmanager
async def session(where: Where) -> AsyncIterator[Session]:
    """A session on the cluster and in the namespace that kubectl would take. Raises ClickException."""
    try:
        async with user_client(where) as (client, namespace):
            yield Session(client, KubeApi(client), namespace)
    except (ConfigException, yaml.YAMLError) as error:
        raise click.ClickException(f"no cluster to talk to: {error}. Set KUBECONFIG or --kubeconfig") from error


def run(command: Coroutine[object, object, T]) -> T:
    """Carry a command out; Ctrl-C ends it without a word."""
    try:
        return asyncio.run(command)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None


@contextmanager
def told(verb: str, kind: Kind, namespace: str) -> Iterator[None]:
    """Turns what the API server says no with into a ClickException, with the right that is missing."""
    try:
        yield
    except UnknownPool as error:
        raise click.ClickException(str(error)) from error
    except ApiError as error:
        group, _, plural = kind.resource
        what = f"{plural}.{group}" if group else plural
        raise click.ClickException(_sentence(error, verb, what, namespace)) from error


def _sentence(error: ApiError, verb: str, what: str, namespace: str) -> str:
    where = f"in namespace {namespace}" if namespace else "in all namespaces"
    match error.status:
        case HTTPStatus.FORBIDDEN:
            return f"{error}; it takes {verb} on {what} {where}"
        case HTTPStatus.UNAUTHORIZED:
            return f"the API server does not know who you are: {error}; log in, and try kubectl auth whoami"
        case HTTPStatus.NOT_FOUND if verb == "list" and what.startswith(POOL.plural):
            return NO_KIND
        case 0:
            return f"{error}; kubectl cluster-info tells where it is looked for"
        case _:
            return f"cannot {verb} {what} {where}: {error}"


def full_name(pool: str, group: str | None = None) -> str:
    """As kubectl names what it has changed: a pool, or one group of it."""
    name = f"{KIND.lower()}.{GROUP}/{pool}"
    return name if group is None else f"{name} group {group}"
