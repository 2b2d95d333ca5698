"""Every query of the dashboard and every alert, asked of a Prometheus that holds real series."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.watching.prometheus import Data, Prometheus
from tests.rendering import CHART

CHOSEN = {"$namespace": ".*", "$pool": ".*", "$__rate_interval": "1m"}

DASHBOARD = json.loads((CHART / "dashboard" / "revrx-report-workers.json").read_text())
QUERIES = [
    pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", ())
]
CHOICES = [variable for variable in DASHBOARD["templating"]["list"] if variable["type"] == "query"]
ALERTS = sorted(file.stem for file in (CHART / "alerts").glob("*.yaml"))

# prometheus and helm are built where they are not installed.
pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(900)]


def filled_in(expr: str) -> str:
    """As Grafana asks it where everything is chosen."""
    for variable, value in CHOSEN.items():
        expr = expr.replace(variable, value)
    return expr


@pytest.mark.parametrize("expr", QUERIES)
async def test_a_query_of_the_dashboard_has_series(prometheus: Prometheus, expr: str) -> None:
    assert await prometheus.series(filled_in(expr)), expr


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice["name"])
async def test_a_choice_of_the_dashboard_has_something_to_choose(prometheus: Prometheus, choice: Data) -> None:
    series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", choice["query"]["query"]).groups()  # type: ignore[union-attr]
    found = await prometheus.series(filled_in(series))

    assert {each["metric"][label] for each in found} in ({"local"}, {"naps"})


@pytest.mark.parametrize("name", ALERTS)
async def test_every_series_that_an_alert_looks_at_is_there_with_its_labels(prometheus: Prometheus, name: str) -> None:
    (expr,) = (rule["query"] for rule in await prometheus.rules() if rule["name"] == name)
    tree = await prometheus.syntax(expr)

    for selector in selectors(tree):
        found = await prometheus.series(selector["name"])
        matched = {matcher["name"] for matcher in selector["matchers"]} - {"__name__"}
        grouped = set(selector["grouped by"])
        assert found, selector["name"]
        assert all(matched | grouped <= each["metric"].keys() for each in found), selector


def selectors(tree: Any, grouped_by: tuple[str, ...] = ()) -> Iterator[Data]:
    """Each selection of series in an expression, with the labels that it is aggregated by."""
    if isinstance(tree, list):
        for part in tree:
            yield from selectors(part, grouped_by)
    elif isinstance(tree, dict):
        if tree.get("type") in {"vectorSelector", "matrixSelector"}:
            yield {"name": tree["name"], "matchers": tree["matchers"], "grouped by": grouped_by}
        for part in tree.values():
            yield from selectors(part, tuple(tree.get("grouping") or grouped_by))


async def test_prometheus_evaluates_every_alert(prometheus: Prometheus) -> None:
    assert await prometheus.series("revrx_leading == 1")

    healths = {rule["name"]: (rule["health"], rule.get("lastError", "")) for rule in await prometheus.rules()}
    assert healths == dict.fromkeys(ALERTS, ("ok", ""))


@pytest.mark.parametrize(
    ("series", "value"),
    [
        ("revrx_reports_failed", 1),
        ("revrx_reports_interrupted_total", 1),
        ('revrx_reports_api_calls_total{outcome="api_throttled"}', 1),
        ("revrx_max_replicas", 2),
        ("revrx_max_wait_seconds", 600),
        ("revrx_leading", 1),
    ],
)
async def test_what_the_alerts_need_is_told_as_it_is(prometheus: Prometheus, series: str, value: float) -> None:
    assert await prometheus.series(f"{series} == {value}"), await prometheus.series(series)
