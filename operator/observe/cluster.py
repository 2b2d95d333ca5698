"""A pool, its children and its Secrets: from the store, and from the API server what the store cannot tell."""

import asyncio
import logging
from collections.abc import Iterable, Iterator

from revrx_operator.api import POOL_LABEL
from revrx_operator.api.spec import PoolSpec
from revrx_operator.api.validation import InvalidSpec, parse_spec
from revrx_operator.kubeapi import CHILDREN, FLOWER_CHILDREN, GROUP_CHILDREN, POOL, ApiError, Kind, KubeApi
from revrx_operator.model import ClusterView, Manifest, PoolKey
from revrx_operator.observe.broker import BadBroker, broker_of
from revrx_operator.observe.flower import login_fault
from revrx_operator.observe.secrets import digest_of, missing_secrets, read_secrets
from revrx_operator.resources.names import child_name, flower_name
from revrx_operator.resources.secrets import login_secrets, required_secrets
from revrx_operator.store import Store, pool_key

log = logging.getLogger(__name__)

EVERYWHERE = ""


async def observe_cluster(api: KubeApi, store: Store, key: PoolKey) -> ClusterView | None:
    """The pool as it stands, or None where it is gone or going. Raises ApiError."""
    pool = store.pool(key)
    if pool is None or "deletionTimestamp" in pool["metadata"]:
        return None
    try:
        spec = parse_spec(pool.get("spec", {}))
    except InvalidSpec as error:
        return ClusterView(key, pool, None, spec_errors=error.errors)
    needs, logins = required_secrets(spec), login_secrets(spec)
    secrets, children = await asyncio.gather(
        read_secrets(api, key.namespace, (*needs, *logins)), _children(api, store, key, spec)
    )
    flower_fault = login_fault(key.namespace, spec, secrets)
    faults = missing_secrets(key.namespace, needs, secrets)
    try:
        broker = broker_of(spec, key.namespace, secrets)
    except BadBroker as error:
        broker, faults = None, (*faults, error.reason)
    return ClusterView(
        key,
        pool,
        spec,
        faults=faults,
        flower_fault=flower_fault,
        secrets=digest_of(needs, secrets),
        flower_secrets=digest_of((*needs, *logins), secrets),
        broker=broker,
        children=children,
    )


async def refresh(api: KubeApi, store: Store, key: PoolKey) -> None:
    """Put into the store what the API server has of a pool, whatever the watches told. Raises ApiError."""
    selector = f"{POOL_LABEL}={key.name}"
    pool = await api.get(POOL, key.namespace, key.name)
    labelled = await asyncio.gather(*(api.list(kind, key.namespace, selector) for kind in CHILDREN))
    store.replace(key, pool, (child for children in labelled for child in children))


async def drop_deleted(api: KubeApi, store: Store, namespaces: Iterable[str]) -> None:
    """Take the pools out of the store whose deletion no watch has announced. No namespaces are all of them.

    One request for each namespace; where it fails, the watches are believed as at any other time. What was seen before
    the request and is not in its answer is gone: a list without a version is no older than the request.
    """
    for namespace in tuple(namespaces) or (EVERYWHERE,):
        seen = [pool for key in store.pools() if namespace in {EVERYWHERE, key.namespace} and (pool := store.pool(key))]
        try:
            there = {pool["metadata"]["uid"] for pool in await api.list(POOL, namespace, "")} if seen else set()
        except ApiError as error:
            log.warning("which pools were deleted meanwhile is not known: %s", error)
            continue
        for pool in seen:
            if pool["metadata"]["uid"] not in there and store.lost(pool):
                log.info("%s: was deleted, and no watch has told", pool_key(pool))


async def _children(api: KubeApi, store: Store, key: PoolKey, spec: PoolSpec) -> tuple[Manifest, ...]:
    """What carries the pool's label, and whatever else has the name of a child: it may be somebody else's."""
    found = store.children(key)
    known = {(child["kind"], child["metadata"]["name"]) for child in found}
    absent = [(kind, name) for kind, name in _expected(key, spec) if (kind.name, name) not in known]
    return (*found, *await _existing(api, key.namespace, absent))


def _expected(key: PoolKey, spec: PoolSpec) -> Iterator[tuple[Kind, str]]:
    for group in spec.workers:
        yield from ((kind, child_name(key.name, group.name)) for kind in GROUP_CHILDREN)
    if spec.flower.enabled:
        yield from ((kind, flower_name(key.name)) for kind in FLOWER_CHILDREN)


async def _existing(api: KubeApi, namespace: str, wanted: list[tuple[Kind, str]]) -> list[Manifest]:
    answers = await asyncio.gather(*(_if_there(api, kind, namespace, name) for kind, name in wanted))
    return [answer for answer in answers if answer is not None]


async def _if_there(api: KubeApi, kind: Kind, namespace: str, name: str) -> Manifest | None:
    """Most names are free, and the API server's cache may say so: what came since is met when the name is to be taken.

    It may not say that an object is there, which may just have been deleted.
    """
    if await api.get(kind, namespace, name, cached=True) is None:
        return None
    return await api.get(kind, namespace, name)
