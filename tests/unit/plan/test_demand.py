from dataclasses import asdict
from typing import Any

import pytest

from revrx_operator.plan.demand import busy_workers, demand_of, running_tasks
from tests.unit.cases import load_cases
from tests.unit.plan.builders import group_snapshot


@pytest.mark.parametrize("case", load_cases(__file__, "demand.yaml"))
def test_demand(case: dict[str, Any]) -> None:
    snapshot = group_snapshot(**case["given"])
    assert snapshot.reading is not None

    demand = asdict(demand_of(snapshot, snapshot.reading, 4))

    assert {field: demand[field] for field in case["demand"]} == case["demand"]


TOLD = [
    pytest.param({"load": {"unacked": 9, "eta": 2}}, 7, 2, id="from Redis where no worker is heard"),
    pytest.param({"load": {}, "workers": {"a": {"active": 3}, "b": {}}}, 3, 1, id="from the workers"),
    pytest.param(
        {"load": {"unacked": 7}, "workers": {"a": {"active": 3}, "b": {"active": 1, "leaving": True}}},
        7,
        2,
        id="from both, those that leave included",
    ),
    pytest.param({"load": {"unacked": None}}, 0, 0, id="as nothing where nobody knows"),
]


@pytest.mark.parametrize(("given", "running", "busy"), TOLD)
def test_people_are_told_what_all_workers_run(given: dict[str, Any], running: int, busy: int) -> None:
    reading = group_snapshot(**given).reading
    assert reading is not None

    assert running_tasks(reading) == running
    assert busy_workers(reading, concurrency=4) == busy
