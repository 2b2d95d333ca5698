from typing import Any

import pytest

from revrx_operator.plan.targets import targets_of
from tests.unit.cases import load_cases
from tests.unit.plan.builders import group_snapshot, worker_group


@pytest.mark.parametrize("case", load_cases(__file__, "targets.yaml"))
def test_targets(case: dict[str, Any]) -> None:
    snapshot = group_snapshot(**case["given"])
    assert snapshot.reading is not None

    targets = targets_of(snapshot, snapshot.reading, worker_group(**case.get("group", {})))

    told = [[target.replicas, target.reason.code, target.reason.message] for target in targets]
    assert told == case["targets"]
