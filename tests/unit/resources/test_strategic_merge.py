from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from revrx_operator.resources.strategic_merge import strategic_merge

CASES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data/merge.yaml").read_text())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_patch_is_merged_as_kubernetes_does(case: dict[str, Any]) -> None:
    assert strategic_merge(case["base"], case["patch"]) == case["merged"]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_merge_changes_neither_side(case: dict[str, Any]) -> None:
    before = deepcopy(case)
    strategic_merge(case["base"], case["patch"])
    assert case == before
