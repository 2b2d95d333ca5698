from typing import Any

import pytest

from revrx_operator.plan.scaling import decide
from tests.unit.cases import load_cases
from tests.unit.plan.builders import group_snapshot, scaling_memory, worker_group


@pytest.mark.parametrize("case", load_cases(__file__, "scaling.yaml"))
def test_decision(case: dict[str, Any]) -> None:
    group = worker_group(**case.get("group", {}))

    decision = decide(group_snapshot(**case["given"]), group, scaling_memory(**case.get("memory", {})))

    assert (decision.replicas, decision.reason.code) == (case["decision"]["replicas"], case["decision"]["reason"])
    assert case["decision"].get("text", "") in decision.reason.message
