import socket

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from revrx_operator.explain.facts import explain
from revrx_operator.explain.report import Explanation
from revrx_operator.explain.summary import Summary
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import GroupReading, PoolKey, QueueLoad
from revrx_operator.serving import CannotServe, application, serving
from revrx_operator.state import PoolState
from tests.unit.explain.builders import pool_state

STATE = pool_state(GroupReading(QueueLoad(waiting=40)))
KEY = STATE.snapshot.view.key


class Knowing:
    """Stands for a controller that knows these pools."""

    def __init__(self, *states: PoolState) -> None:
        self._states = {state.snapshot.view.key: state for state in states}

    def state(self, key: PoolKey) -> PoolState | None:
        return self._states.get(key)

    def states(self) -> list[PoolState]:
        return list(self._states.values())


def client(*states: PoolState) -> TestClient:  # type: ignore[type-arg]
    return TestClient(TestServer(application(lambda: Knowing(*states), OperatorMetrics())))  # type: ignore[arg-type,return-value]


async def test_a_pool_is_explained_as_json() -> None:
    async with client(STATE) as http, http.get("/explain/revrx/revrx-celery") as answer:
        explanation = Explanation.model_validate(await answer.json())

    assert explanation == explain(STATE)


async def test_an_unknown_pool_is_not_found_in_a_sentence() -> None:
    async with client(STATE) as http, http.get("/explain/revrx/other") as answer:
        assert answer.status == 404
        assert await answer.json() == {"message": "this operator knows no pool revrx/other, or stands by"}


async def test_the_pools_are_listed_by_name() -> None:
    async with client(STATE, pool_state(key=PoolKey("another", "pool"))) as http, http.get("/explain") as answer:
        assert await answer.json() == [
            {"namespace": "another", "name": "pool"},
            {"namespace": "revrx", "name": "revrx-celery"},
        ]


async def test_prometheus_can_read_all_metrics() -> None:
    async with client(STATE) as http, http.get("/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        families = {family.name for family in text_string_to_metric_families(await answer.text())}

    assert {
        "revrx_waiting_tasks",
        "revrx_decisions",
        "revrx_tick_lateness_seconds",
        "revrx_reconcile_seconds",
    } <= families


async def test_no_password_is_told() -> None:
    async with client(STATE) as http:
        for path in ("/metrics", "/explain", "/explain/revrx/revrx-celery"):
            async with http.get(path) as answer:
                assert "s3cret" not in await answer.text()


async def test_a_port_that_is_taken_is_told_with_its_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"127.0.0.1:{port} cannot be listened on"):
            async with serving(Knowing, OperatorMetrics(), "127.0.0.1", port):  # type: ignore[arg-type]
                pass


async def test_a_free_port_is_found_and_told() -> None:
    async with serving(Knowing, OperatorMetrics(), "127.0.0.1", 0) as port:  # type: ignore[arg-type]
        assert port > 0


@pytest.mark.parametrize(("path", "pools"), [("/summary", 2), ("/summary/revrx", 1), ("/summary/nowhere", 0)])
async def test_groups_are_summed_up_of_all_namespaces_or_of_one(path: str, pools: int) -> None:
    async with client(STATE, pool_state(key=PoolKey("another", "pool"))) as http, http.get(path) as answer:
        assert len(Summary.model_validate(await answer.json()).groups) == pools
