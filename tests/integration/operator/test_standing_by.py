"""An operator that has stood by for hours, and whose watch was away while pools were deleted, on a real API server."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from revrx_operator.announcements import Announcements
from revrx_operator.control import RemoteControl
from revrx_operator.kubeapi import CHILDREN, DEPLOYMENT, POOL, KubeApi
from revrx_operator.kubeclient import Where, user_client
from revrx_operator.lease import Alone
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import PoolKey
from revrx_operator.run import cluster_terms, notice
from revrx_operator.serving import exposition
from revrx_operator.store import Store
from revrx_operator.terms import Terms
from tests.e2e.kubectl import Kubectl
from tests.integration.operator.conftest import NAMESPACE, pool
from tests.waiting import until

GONE, STAYS = PoolKey(NAMESPACE, "gone"), PoolKey(NAMESPACE, "stays")

# kube-apiserver, etcd and kubectl are built where they are not at hand.
pytestmark = pytest.mark.timeout(900)


class StandingBy(Alone):
    """Leadership that somebody else holds until it is taken over."""

    def __init__(self) -> None:
        self.taken_over = asyncio.Event()

    async def acquired(self) -> None:
        await self.taken_over.wait()



@asynccontextmanager
async def operator(store: Store, leadership: Alone) -> AsyncIterator[tuple[Terms, OperatorMetrics, KubeApi]]:
    """All of it but its watches, of which the test has the word."""
    metrics = OperatorMetrics()
    async with user_client(Where(kubeconfig=os.environ["KUBECONFIG"])) as (client, _), RemoteControl() as remote:
        api = KubeApi(client, store.saw_answer, metrics.requested)
        terms = cluster_terms(api, store, remote, metrics, (NAMESPACE,))
        running = asyncio.create_task(terms.run(leadership))
        try:
            yield terms, metrics, api
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_pool_that_was_deleted_while_the_watch_was_away_is_gone_when_it_takes_over(
    kubectl: Kubectl, redis_server: str
) -> None:
    store, leadership = Store(), StandingBy()
    async with operator(store, leadership) as (terms, metrics, api):
        for key in (GONE, STAYS):
            kubectl.apply(pool(key.name, redis_server, minReplicas=2))
            made = await api.get(POOL, *key)
            assert made is not None
            notice(store, Announcements(api), terms, made, deleted=False)
        kubectl("delete", "rwp", GONE.name)

        leadership.taken_over.set()
        await until(lambda: [state.snapshot.reading.state.reachable for state in terms.controller.states()] == [1])
        await until(lambda: (kubectl.get("rwp", STAYS.name) or {}).get("status"))

        children = [child for kind in CHILDREN for child in await api.list(kind, NAMESPACE, "revrx.io/pool")]
        (state,) = terms.controller.states()
        told = exposition(metrics, (state,)).decode()
        status = (await api.get(POOL, *STAYS) or {})["status"]

    assert {child["metadata"]["labels"]["revrx.io/pool"] for child in children} == {STAYS.name}
    assert DEPLOYMENT.name in {child["kind"] for child in children}
    assert (store.pools(), store.pool(GONE), state.snapshot.view.key) == ((STAYS,), None, STAYS)
    assert f'pool="{STAYS.name}"' in told
    assert f'pool="{GONE.name}"' not in told
    assert "QueueShared" not in {condition["type"] for condition in status["conditions"] if condition["status"] == "True"}
