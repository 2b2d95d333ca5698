"""What only shows when pools are looked at together: names of children and queues that meet."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from revrx_operator.api.rule import Fault
from revrx_operator.model import BrokerAddress, PoolKey
from revrx_operator.observe.broker_url import NoRedisUrl, read_url
from revrx_operator.observe.shared_queues import SharedQueues, queue_keys
from revrx_operator.plan.conditions.queue_shared import ADVICE
from revrx_operator.resources.names import child_name
from revrx_operator.validate.files import CheckedPool
from revrx_operator.validate.findings import Finding, Level


class _Pool(NamedTuple):
    checked: CheckedPool
    key: PoolKey


def findings_across(pools: Iterable[CheckedPool]) -> Iterator[Finding]:
    """What is to be told of the pools that have no error of their own."""
    valid = [_Pool(pool, _key(pool)) for pool in pools if pool.spec is not None]
    yield from _same_pools(valid)
    yield from _same_children(valid)
    yield from _same_queues(valid)


def _key(pool: CheckedPool) -> PoolKey:
    return PoolKey(pool.found.manifest["metadata"].get("namespace") or "", pool.found.name)


def _same_pools(pools: Iterable[_Pool]) -> Iterator[Finding]:
    first: dict[PoolKey, CheckedPool] = {}
    for checked, key in pools:
        if key.name and key in first:
            fault = Fault(("metadata", "name"), f"{_place(first[key])} has the same; rename one of the two pools")
            yield checked.found.finding(Level.ERROR, fault)
        first.setdefault(key, checked)


def _same_children(pools: Iterable[_Pool]) -> Iterator[Finding]:
    """As the condition NameConflict: the operator makes the children of whichever pool comes first."""
    first: dict[tuple[str, str], _Pool] = {}
    for pool in pools:
        for index, group in enumerate(pool.checked.spec.workers if pool.checked.spec else ()):
            name = child_name(pool.key.name, group.name)
            owner = first.setdefault((pool.key.namespace, name), pool)
            if owner.key != pool.key:
                sentence = (
                    f"its Deployment would be {name}, as one of pool {owner.key.name} in {_place(owner.checked)}; "
                    "rename the pool or the group"
                )
                yield pool.checked.found.finding(Level.ERROR, Fault(("spec", "workers", index, "name"), sentence))


def _same_queues(pools: Iterable[_Pool]) -> Iterator[Finding]:
    """As the condition QueueShared."""
    shared = SharedQueues()
    seen: dict[PoolKey, CheckedPool] = {}
    for pool in pools:
        address, queues = _address(pool), _queues(pool.checked)
        if address is None:
            continue
        shared.put(pool.key, queue_keys(address, queues))
        for queue, others in (shared.others(pool.key) or {}).items():
            sentence = f"pool {others[0].name} in {_place(seen[others[0]])} takes queue {queue} as well; {ADVICE}"
            yield pool.checked.found.finding(Level.WARNING, Fault(queues[queue], sentence))
        seen[pool.key] = pool.checked


def _queues(checked: CheckedPool) -> dict[str, tuple[str | int, ...]]:
    """Where each queue of the pool is named."""
    return {
        queue: ("spec", "workers", number, "queues", index)
        for number, group in enumerate(checked.spec.workers if checked.spec else ())
        for index, queue in enumerate(group.queues)
    }


def _address(pool: _Pool) -> BrokerAddress | None:
    """The Redis as far as a file tells it; of a URL in a Secret, the Secret."""
    if pool.checked.spec is None:
        return None
    broker, namespace = pool.checked.spec.broker, pool.key.namespace
    if broker.url_secret_ref:
        place = f"secret://{namespace}/{broker.url_secret_ref.name}/{broker.url_secret_ref.key}"
        return BrokerAddress(place, broker.global_key_prefix)
    try:
        return BrokerAddress(read_url(broker.url or "").seen_from(namespace), broker.global_key_prefix)
    except NoRedisUrl:
        return None


def _place(pool: CheckedPool) -> str:
    return f"{pool.found.file}:{pool.found.document.line_of(pool.found.location)}"
