"""What a real API server makes of the calls by which no child takes the place of somebody else's object."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from revrx_operator.api import OPERATOR_MANAGER
from revrx_operator.kubeapi import DISRUPTION_BUDGET, ApiError, KubeApi
from revrx_operator.kubeclient import Where, user_client
from revrx_operator.model import Manifest
from tests.integration.plugin.conftest import Place
from tests.waiting import PATIENCE_SECONDS, POLL_SECONDS


@pytest.fixture
async def api(place: Place) -> AsyncIterator[KubeApi]:
    async with user_client(Where(kubeconfig=str(place.kubeconfig))) as (client, _):
        yield KubeApi(client)


def budget(place: Place, least: int) -> Manifest:
    return {
        "apiVersion": DISRUPTION_BUDGET.api_version,
        "kind": DISRUPTION_BUDGET.name,
        "metadata": {"namespace": place.kubectl.namespace, "name": "taken"},
        "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": "theirs"}}},
    }


async def test_an_object_is_made_where_there_is_none(place: Place, api: KubeApi) -> None:
    made = await api.apply(budget(place, 1), manager=OPERATOR_MANAGER, force=True, new=True)

    assert made["spec"]["minAvailable"] == 1
    assert made["metadata"]["generation"] == 1


@pytest.mark.parametrize("least", [1, 2], ids=["the same", "another"])
async def test_one_that_came_meanwhile_is_left_as_it_is(place: Place, api: KubeApi, least: int) -> None:
    theirs = await api.apply(budget(place, 1), manager="somebody", force=True)

    with pytest.raises(ApiError) as refusal:
        await api.apply(budget(place, least), manager=OPERATOR_MANAGER, force=True, new=True)

    assert refusal.value.is_conflict
    assert not refusal.value.is_refusal
    now = await api.get(DISRUPTION_BUDGET, place.kubectl.namespace, "taken")
    assert now is not None
    assert now["metadata"]["managedFields"] == theirs["metadata"]["managedFields"]


async def test_what_was_deleted_meanwhile_is_not_made_anew_by_a_change_of_it(place: Place, api: KubeApi) -> None:
    ours = await api.apply(budget(place, 1), manager=OPERATOR_MANAGER, force=True)
    await api.delete(DISRUPTION_BUDGET, place.kubectl.namespace, "taken")
    change = budget(place, 2)

    with pytest.raises(ApiError) as refusal:
        await api.apply(
            {**change, "metadata": {**change["metadata"], "uid": ours["metadata"]["uid"]}},
            manager=OPERATOR_MANAGER,
            force=True,
        )

    assert refusal.value.is_conflict
    assert not refusal.value.is_refusal
    assert await api.get(DISRUPTION_BUDGET, place.kubectl.namespace, "taken") is None


async def test_the_cache_tells_soon_what_is_taken(place: Place, api: KubeApi) -> None:
    await api.apply(budget(place, 1), manager="somebody", force=True)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while await api.get(DISRUPTION_BUDGET, place.kubectl.namespace, "taken", cached=True) is None:
            await asyncio.sleep(POLL_SECONDS)

    assert await api.get(DISRUPTION_BUDGET, place.kubectl.namespace, "free", cached=True) is None
