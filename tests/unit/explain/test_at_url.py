import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from revrx_operator.explain.facts import explain
from revrx_operator.explain.lookup import at_url
from revrx_operator.explain.operators import Unanswered
from revrx_operator.explain.pools import UnknownPool
from revrx_operator.explain.report import Explanation
from revrx_operator.metrics import OperatorMetrics
from revrx_operator.model import PoolKey
from revrx_operator.serving import application
from revrx_operator.state import PoolState
from tests.unit.explain.builders import pool_state
from tests.unit.test_serving import Knowing

STATE = pool_state()


async def asked(*states: PoolState, namespace: str | None = None, pool: str = "revrx-celery") -> Explanation:
    app = application(lambda: Knowing(*states), OperatorMetrics())  # type: ignore[arg-type,return-value]
    async with TestServer(app) as server, at_url(str(server.make_url("/")), namespace, pool) as ask:
        return await ask()


async def test_the_one_pool_of_a_name_needs_no_namespace() -> None:
    assert await asked(STATE) == explain(STATE)


async def test_of_two_pools_of_one_name_the_namespace_chooses() -> None:
    other = pool_state(key=PoolKey("other", "revrx-celery"))

    assert (await asked(STATE, other, namespace="other")).namespace == "other"
    with pytest.raises(UnknownPool, match="there are pools revrx-celery in other, revrx; choose with --namespace"):
        await asked(STATE, other)


async def test_an_unknown_pool_is_told_with_those_that_are_known() -> None:
    with pytest.raises(UnknownPool, match="knows no pool reports; it knows revrx/revrx-celery"):
        await asked(STATE, pool="reports")
    with pytest.raises(UnknownPool, match="knows no pool revrx/reports"):
        await asked(STATE, namespace="revrx", pool="reports")


async def test_an_address_where_nobody_listens_is_told() -> None:
    async with at_url("http://127.0.0.1:1", None, "reports") as ask:
        with pytest.raises(Unanswered, match=r"no operator answers at http://127.0.0.1:1/explain"):
            await ask()


async def test_an_address_without_a_scheme_is_told() -> None:
    async with at_url("localhost:8081", None, "reports") as ask:
        with pytest.raises(Unanswered, match="no operator answers at localhost:8081/explain"):
            await ask()


async def test_what_is_no_operator_is_told() -> None:
    async with TestServer(web.Application()) as server, at_url(str(server.make_url("/")), None, "reports") as ask:
        with pytest.raises(Unanswered, match="is no revrx-operator; on the cluster that is port 8081 of its pod"):
            await ask()
