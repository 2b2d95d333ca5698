"""What a controller would know, from the few words that a test gives."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from revrx_operator.api.spec import PoolSpec
from revrx_operator.history import History, remember
from revrx_operator.model import BrokerAddress, BrokerReading, BrokerState, GroupReading, Pod, PoolKey, PoolMemory
from revrx_operator.plan.pool import plan_pool
from revrx_operator.plan.tick import workloads_of
from revrx_operator.resources.names import child_name
from revrx_operator.state import PoolState
from tests.unit.plan.builders import child, pool_manifest, pool_snapshot, pool_spec

URL = "redis://:s3cret@redis:6379/0"


def pool_state(
    reading: GroupReading | None = None,
    *,
    spec: PoolSpec | None = None,
    replicas: int = 2,
    failures: int = 0,
    key: PoolKey | None = None,
    pods: Mapping[str, tuple[Pod, ...]] | None = None,
    memory: PoolMemory | None = None,
    history: History | None = None,
    **deployment: Any,
) -> PoolState:
    """The one group ``worker`` after a run; without a reading Redis was not read."""
    key = key or PoolKey("revrx", "revrx-celery")
    workers = child(name=child_name(key.name, "worker"), replicas=replicas, **deployment)
    snapshot = pool_snapshot(spec or pool_spec(), workers)
    view = replace(snapshot.view, broker=BrokerAddress(URL), pods=pods or {}, key=key)
    state = BrokerState(reading is not None, "refused" if failures else "Redis was not read yet", failures)
    snapshot = replace(snapshot, view=view, reading=BrokerReading(state, {"worker": reading} if reading else {}))
    plan = plan_pool(snapshot, memory or PoolMemory())
    written = replace(snapshot, view=replace(view, pool=pool_manifest(status=dict(plan.status or {}))))
    known = remember(history or {}, snapshot.now, plan.decisions, snapshot.reading.groups)
    return PoolState(written, workloads_of(view), plan.memory, known)
