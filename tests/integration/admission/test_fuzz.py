"""A real API server, ``validate`` and the operator on 200 generated resources; ``make fuzz`` has 10,000."""

from pathlib import Path

import pytest

from tests.fuzz.playing import play
from tests.fuzz.reconciling import MADE
from tests.fuzz.stage import stage
from tests.fuzz.tables import table

RESOURCES = 200
NAMESPACES = 30


@pytest.mark.timeout(600)
def test_each_resource_is_refused_by_its_field_or_reconciled_whole(tmp_path: Path) -> None:
    with stage(tmp_path, NAMESPACES) as playing:
        tally = play(playing, RESOURCES, seed=6)

    print(table(tally).plain())
    assert tally.faults == []
    assert tally.crashes == []
    assert tally.errors.get("defect", 0) == 0
    assert tally.resources == RESOURCES
    assert tally.reasons[MADE] > RESOURCES // 20
