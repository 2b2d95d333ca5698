import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.kubectl import Kubectl, KubectlError
from tests.e2e.pools import small_pool

CASES = yaml.safe_load(Path(__file__).with_name("refused.yaml").read_text())


@pytest.mark.smoke
@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_kubectl_apply_refuses_and_names_the_field(home: Kubectl, case: dict[str, Any]) -> None:
    pool = small_pool()
    pool["spec"].update(case["spec"])

    with pytest.raises(KubectlError) as refused:
        home.apply(pool)

    for words in case["told"]:
        assert re.search(rf"(?<![\w.\]]){re.escape(words)}", str(refused.value))
    assert home.get("rwp", "reports") is None
