"""What only shows when pools are looked at together: names of children and queues that meet."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from revrx_operator.api.rule import Fault, Location
from revrx_operator.api.spec import PoolSpec
from revrx_operator.model import BrokerAddress, PoolKey
from revrx_operator.observe.broker_url import NoRedisUrl, read_url
from revrx_operator.observe.shared_queues import SharedQueues, queue_keys
from revrx_operator.plan.conditions.queue_shared import ADVICE
from revrx_operator.resources.names import child_name
from revrx_operator.validate.files import CheckedPool, FoundPool
from revrx_operator.validate.findings import Finding, Level


class _Valid(NamedTuple):
    """A pool without an error of its own."""

    found: FoundPool
    key: PoolKey
    spec: PoolSpec


def findings_across(pools: Iterable[CheckedPool]) -> Iterator[Finding]:
    """What is to be told of the pools that have no error of their own."""
    valid = [_Valid(pool.found, pool.found.key, pool.spec) for pool in pools if pool.spec is not None]
    yield from _same_pools(valid)
    yield from _same_children(valid)
    yield from _same_queues(valid)


def _same_pools(pools: Iterable[_Valid]) -> Iterator[Finding]:
    first: dict[PoolKey, FoundPool] = {}
    for pool in pools:
        other = first.setdefault(pool.key, pool.found)
        if pool.key.name and other is not pool.found:
            fault = Fault(("metadata", "name"), f"{other.place} has the same; rename one of the two pools")
            yield pool.found.finding(Level.ERROR, fault)


def _same_children(pools: Iterable[_Valid]) -> Iterator[Finding]:
    """As the condition NameConflict: the operator makes the children of whichever pool comes first."""
    first: dict[tuple[str, str], _Valid] = {}
    for pool in pools:
        for index, group in enumerate(pool.spec.workers):
            name = child_name(pool.key.name, group.name)
            owner = first.setdefault((pool.key.namespace, name), pool)
            if owner.key != pool.key:
                sentence = (
                    f"its Deployment would be {name}, as one of pool {owner.key.name} in {owner.found.place}; "
                    "rename the pool or the group"
                )
                yield pool.found.finding(Level.ERROR, Fault(("spec", "workers", index, "name"), sentence))


def _same_queues(pools: Iterable[_Valid]) -> Iterator[Finding]:
    """As the condition QueueShared."""
    shared = SharedQueues()
    seen: dict[PoolKey, FoundPool] = {}
    for pool in pools:
        address, queues = _address(pool), _queues(pool.spec)
        if address is None:
            continue
        shared.put(pool.key, queue_keys(address, queues))
        for queue, others in (shared.others(pool.key) or {}).items():
            sentence = f"pool {others[0].name} in {seen[others[0]].place} takes queue {queue} as well; {ADVICE}"
            yield pool.found.finding(Level.WARNING, Fault(queues[queue], sentence))
        seen[pool.key] = pool.found


def _queues(spec: PoolSpec) -> dict[str, Location]:
    """Where each queue of the pool is named."""
    return {
        queue: ("spec", "workers", number, "queues", index)
        for number, group in enumerate(spec.workers)
        for index, queue in enumerate(group.queues)
    }


def _address(pool: _Valid) -> BrokerAddress | None:
    """The Redis as far as a file tells it; of a URL in a Secret, the Secret."""
    broker, namespace = pool.spec.broker, pool.key.namespace
    if broker.url_secret_ref:
        place = f"secret://{namespace}/{broker.url_secret_ref.name}/{broker.url_secret_ref.key}"
        return BrokerAddress(place, broker.global_key_prefix)
    try:
        return BrokerAddress(read_url(broker.url or "").seen_from(namespace), broker.global_key_prefix)
    except NoRedisUrl:
        return None
