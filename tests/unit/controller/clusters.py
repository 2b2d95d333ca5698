"""A cluster that is a dict."""

import asyncio

from revrx_operator.model import ClusterView, Outcome, Plan, PoolKey, PoolMemory
from tests.unit.plan.builders import pool_manifest, pool_spec

POOL = PoolKey("revrx", "revrx-celery")
OTHER = PoolKey("revrx", "other")


class DictCluster:
    """Pools by key; notes when each was observed, and fails where it was told to."""

    def __init__(self, *keys: PoolKey) -> None:
        self.pools = {key: ClusterView(key, pool_manifest(), pool_spec()) for key in keys}
        self.observed: list[tuple[float, PoolKey]] = []
        self.carried_out: list[tuple[PoolKey, Plan]] = []
        self.forgotten: list[PoolKey] = []
        self.refreshed: list[PoolKey] = []
        self.faults: dict[PoolKey, Exception] = {}
        self.refusals: dict[str, str] = {}
        self.seconds_to_observe = 0.0
        self.running = 0
        self.most_running = 0

    async def refresh(self, key: PoolKey) -> None:
        self.refreshed.append(key)

    async def observe(self, key: PoolKey, memory: PoolMemory) -> ClusterView | None:
        self.observed.append((asyncio.get_running_loop().time(), key))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await asyncio.sleep(self.seconds_to_observe)
        self.running -= 1
        if key in self.faults:
            raise self.faults[key]
        return self.pools.get(key)

    async def carry_out(self, plan: Plan, view: ClusterView) -> Outcome:
        self.carried_out.append((view.key, plan))
        return Outcome(self.refusals)

    def forget(self, key: PoolKey) -> None:
        self.forgotten.append(key)

    def times(self, key: PoolKey) -> list[float]:
        return [time for time, observed in self.observed if observed == key]
