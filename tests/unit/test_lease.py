"""One operator of several acts. Time is the event loop's, which flies; the API server is a dict with versions."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from revrx_operator.kubeapi import ApiError, Kind
from revrx_operator.lease import LEASE_SECONDS, Lease, LeaseName
from revrx_operator.model import Manifest

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]


class Server:
    """The one Lease, as an API server keeps it."""

    def __init__(self) -> None:
        self.spec: dict[str, Any] | None = None
        self.version = 0

    def get(self) -> Manifest | None:
        return self.spec and {"metadata": {"resourceVersion": str(self.version)}, "spec": self.spec}

    def write(self, manifest: Manifest) -> None:
        version = manifest["metadata"].get("resourceVersion")
        if version != (str(self.version) if self.spec else None):
            raise ApiError(409, "the object has been modified")
        self.version += 1
        self.spec = dict(manifest["spec"])


class Api:
    """How one operator reaches the server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.hangs = False
        self.answers_late = 0.0

    async def get(self, _: Kind, __: str, ___: str) -> Manifest | None:
        await self._travel()
        return self._server.get()

    async def create(self, _: Kind, manifest: Manifest) -> None:
        await self.replace(_, manifest)

    async def replace(self, _: Kind, manifest: Manifest) -> None:
        await self._travel()
        self._server.write(manifest)
        await asyncio.sleep(self.answers_late)

    async def _travel(self) -> None:
        await asyncio.sleep(3600.0 if self.hangs else 0.05)


class Operator:
    """One that wants the lease; its clock can be set forward, as by a machine that slept."""

    def __init__(self, server: Server, holder: str) -> None:
        self.api = Api(server)
        self.slept = 0.0
        self.today = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.lease = Lease(
            self.api,  # type: ignore[arg-type]
            LeaseName("revrx", "revrx-operator", holder),
            clock=lambda: now() + self.slept,
            utc_now=lambda: self.today,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.lease.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def now() -> float:
    return asyncio.get_running_loop().time()


async def until(condition: Callable[[], bool], within: float) -> float:
    """The seconds until it holds."""
    began = now()
    while not condition():
        assert now() - began <= within, f"not within {within} s"
        await asyncio.sleep(0.01)
    return now() - began


@contextmanager
def never_both(first: Operator, second: Operator) -> Iterator[None]:
    """Looks all the time."""

    async def look() -> None:
        while True:
            assert not (first.lease.is_held() and second.lease.is_held())
            await asyncio.sleep(0.03)

    looking = asyncio.ensure_future(look())
    try:
        yield
    finally:
        assert not looking.done(), "both held it"
        looking.cancel()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def first(server: Server) -> Operator:
    return Operator(server, "first")


@pytest.fixture
def second(server: Server) -> Operator:
    return Operator(server, "second")


async def test_the_first_to_come_holds_it_for_as_long_as_it_lives(first: Operator, second: Operator) -> None:
    async with first.running():
        await first.lease.acquired()
        async with second.running():
            with never_both(first, second):
                await asyncio.sleep(120)
    assert not second.lease.is_held()


async def test_after_a_kill_another_has_it_within_twelve_seconds(first: Operator, second: Operator) -> None:
    async with second.running():
        async with first.running():
            await asyncio.sleep(100)
        held, waiting = (first, second) if first.lease.is_held() else (second, first)
    async with waiting.running():
        with never_both(held, waiting):
            assert await until(waiting.lease.is_held, within=12) > LEASE_SECONDS - 2.5


async def test_what_is_given_up_is_taken_within_two_seconds(first: Operator, second: Operator) -> None:
    async with first.running():
        await first.lease.acquired()
    async with second.running():
        with never_both(first, second):
            await asyncio.sleep(1.5)
            await first.lease.release()
            await until(second.lease.is_held, within=2)


async def test_a_holder_whose_renewals_hang_begins_nothing_before_another_acts(
    first: Operator, second: Operator
) -> None:
    async with first.running():
        await first.lease.acquired()
        async with second.running():
            await asyncio.sleep(30)
            with never_both(first, second):
                first.api.hangs = True
                stopped = await until(lambda: not first.lease.is_held(), within=6)
                await asyncio.wait_for(first.lease.lost(), 4)
                taken = stopped + await until(second.lease.is_held, within=12)
    assert taken <= 12


async def test_a_holder_that_the_server_answers_late_loses_no_time(first: Operator, second: Operator) -> None:
    async with first.running():
        await first.lease.acquired()
        async with second.running():
            first.api.answers_late = 1.8
            with never_both(first, second):
                await asyncio.sleep(120)
            assert first.lease.is_held()


async def test_a_holder_that_comes_back_in_time_goes_on(first: Operator, second: Operator) -> None:
    async with first.running():
        await first.lease.acquired()
        async with second.running():
            await asyncio.sleep(30)
            with never_both(first, second):
                first.api.hangs = True
                await asyncio.sleep(7)
                first.api.hangs = False
                await until(first.lease.is_held, within=2.5)
                await asyncio.sleep(60)
    assert not second.lease.is_held()


async def test_a_machine_that_slept_knows_that_its_lease_has_run_out(first: Operator) -> None:
    async with first.running():
        await first.lease.acquired()

        first.slept = 3600.0

        with pytest.raises(ApiError, match="first does not hold the lease revrx-operator"):
            first.lease.seconds_to_write()


async def test_a_holder_that_was_frozen_hears_of_it_even_if_it_gets_the_lease_back(
    first: Operator, second: Operator
) -> None:
    async with first.running():
        await first.lease.acquired()
        told = asyncio.create_task(first.lease.lost())

        first.slept = 3600.0
        await asyncio.sleep(3)

        assert first.lease.is_held()
        assert told.done()


async def test_a_lease_that_is_deleted_is_not_taken_from_its_holder(
    first: Operator, second: Operator, server: Server
) -> None:
    async with first.running():
        await first.lease.acquired()
        async with second.running():
            await asyncio.sleep(30)
            with never_both(first, second):
                server.spec = None
                await asyncio.sleep(30)
    assert not second.lease.is_held()


@pytest.mark.parametrize("year", [1970, 2100])
async def test_a_wall_clock_that_jumps_decides_nothing(first: Operator, second: Operator, year: int) -> None:
    async with first.running():
        await first.lease.acquired()
        async with second.running():
            with never_both(first, second):
                for operator in (first, second):
                    await asyncio.sleep(30)
                    operator.today = datetime(year, 1, 1, tzinfo=UTC)
                await asyncio.sleep(30)
    assert not second.lease.is_held()


async def test_a_write_has_to_end_before_another_may_act(first: Operator) -> None:
    async with first.running():
        await first.lease.acquired()
        first.api.hangs = True
        await asyncio.sleep(3.0)

        assert first.lease.seconds_to_write() < LEASE_SECONDS - 2.5


async def test_a_container_that_starts_again_in_its_pod_goes_on_at_once(first: Operator, server: Server) -> None:
    async with first.running():
        await first.lease.acquired()

    again = Operator(server, "first")
    async with again.running():
        await until(again.lease.is_held, within=0.2)


async def test_a_lease_that_the_other_takes_first_is_the_others(first: Operator, second: Operator) -> None:
    async with first.running(), second.running():
        await asyncio.sleep(0.2)
        assert first.lease.is_held() != second.lease.is_held()


async def test_the_lease_reads_as_usual(first: Operator, server: Server) -> None:
    async with first.running():
        await first.lease.acquired()
        assert server.spec == {
            "holderIdentity": "first",
            "leaseDurationSeconds": 10,
            "acquireTime": "2026-11-23T12:00:00.000000Z",
            "renewTime": "2026-11-23T12:00:00.000000Z",
            "leaseTransitions": 0,
        }
    await first.lease.release()
    assert server.spec["holderIdentity"] == ""


async def test_trouble_with_the_api_server_is_told_when_it_begins_and_when_it_ends(
    first: Operator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "revrx_operator.lease")
    async with first.running():
        await asyncio.sleep(5)
        caplog.clear()
        first.api.hangs = True
        await asyncio.sleep(20)
        first.api.hangs = False
        await asyncio.sleep(5)

    assert caplog.messages == [
        "lease revrx-operator: the API server does not answer within 2 s; trying again every 1 s",
        "first does not hold the lease revrx-operator",
        "lease revrx-operator: the API server answers again",
        "first holds the lease revrx-operator",
    ]
