from typing import Any

import pytest

from revrx_operator.apply.standing import Standing
from tests.unit.cases import load_cases


def with_uid(manifest: dict[str, Any]) -> dict[str, Any]:
    return {**manifest, "metadata": {"uid": "first", **manifest.get("metadata", {})}}


@pytest.mark.parametrize("case", load_cases(__file__, "standing.yaml"))
def test_what_stands(case: dict[str, Any]) -> None:
    standing = Standing.of(case["applied"], with_uid(case["answer"]))

    live = with_uid(case.get("live", case["answer"]))
    assert standing.holds(case.get("desired", case["applied"]), live) is case["holds"]
