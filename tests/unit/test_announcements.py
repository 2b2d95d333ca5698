"""What a watch owes, and when it is silent for too long; a clock of our own, and an API server that answers as told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from revrx_operator.announcements import OWED_SECONDS, SILENT_SECONDS, Announcements
from revrx_operator.kubeapi import ApiError, Kind


def deployment(name: str = "reports-worker", uid: str = "one", namespace: str = "revrx") -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"namespace": namespace, "name": name, "uid": uid}}


@dataclass
class Answering:
    """Stands for KubeApi: gives what is there, or fails."""

    there: dict[str, Any] | None = field(default_factory=deployment)
    fault: Exception | None = None
    meanwhile: Callable[[], None] = lambda: None

    async def get(self, kind: Kind, namespace: str, name: str) -> dict[str, Any] | None:
        assert (kind.name, namespace, name) == ("Deployment", "revrx", "reports-worker")
        if self.fault is not None:
            raise self.fault
        self.meanwhile()
        return self.there


class World:
    def __init__(self) -> None:
        self.now = 1000.0
        self.api = Answering()
        self.announcements = Announcements(self.api, lambda: self.now)  # type: ignore[arg-type]

    async def missing_after(self, *seconds: float) -> str:
        """What is missing in the end, where the probe asks after each of these."""
        for each in seconds:
            self.now += each
            words = await self.announcements.missing()
        return words


@pytest.fixture
def world() -> World:
    return World()


async def test_nothing_is_missing_where_nothing_was_written(world: World) -> None:
    assert await world.missing_after(OWED_SECONDS, SILENT_SECONDS) == ""


async def test_a_change_that_no_watch_tells_of_is_missing_after_a_while(world: World) -> None:
    world.announcements.changed(deployment())

    assert await world.missing_after(OWED_SECONDS, SILENT_SECONDS - 1) == ""
    assert await world.missing_after(1) == "no watch has told of Deployment revrx/reports-worker, changed 180 s ago"


async def test_further_changes_do_not_put_off_the_moment(world: World) -> None:
    world.announcements.changed(deployment())
    assert await world.missing_after(OWED_SECONDS) == ""
    world.announcements.changed(deployment())

    assert await world.missing_after(SILENT_SECONDS)


async def test_a_watch_that_tells_of_anything_is_not_silent(world: World) -> None:
    world.announcements.changed(deployment())
    world.announcements.told(deployment("another"))

    assert await world.missing_after(OWED_SECONDS, SILENT_SECONDS) == ""


async def test_what_a_watch_tells_while_the_api_server_is_asked_counts(world: World) -> None:
    world.announcements.changed(deployment())
    assert await world.missing_after(OWED_SECONDS) == ""

    world.api.meanwhile = lambda: world.announcements.told(deployment())

    assert await world.missing_after(SILENT_SECONDS) == ""


@pytest.mark.parametrize(
    "other", [{**deployment(), "kind": "ReportWorkerPool"}, deployment(namespace="shop")], ids=["kind", "namespace"]
)
async def test_what_another_watch_tells_does_not_count(world: World, other: dict[str, Any]) -> None:
    world.announcements.changed(deployment())
    world.announcements.told(other)

    assert await world.missing_after(OWED_SECONDS, SILENT_SECONDS)


@pytest.mark.parametrize("there", [None, deployment(uid="made anew")], ids=["deleted", "made anew"])
async def test_of_what_is_gone_a_watch_that_was_cut_need_not_tell(world: World, there: dict[str, Any] | None) -> None:
    world.announcements.changed(deployment())
    world.api.there = there
    assert await world.missing_after(OWED_SECONDS) == ""

    world.api.there = deployment()
    assert await world.missing_after(OWED_SECONDS, SILENT_SECONDS) == ""


@pytest.mark.parametrize("fault", [ApiError(0, "the API server does not answer"), TimeoutError()])
async def test_while_the_api_server_is_away_no_watch_is_to_blame_and_afterwards_it_has_its_time(
    world: World, fault: Exception
) -> None:
    world.announcements.changed(deployment())
    assert await world.missing_after(OWED_SECONDS) == ""
    world.api.fault = fault
    assert await world.missing_after(SILENT_SECONDS) == ""

    world.api.fault = None
    assert await world.missing_after(1, SILENT_SECONDS - 1) == ""
    assert await world.missing_after(1)
