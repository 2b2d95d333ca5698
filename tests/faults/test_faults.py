"""Two hundred reports for each fault and pool: none lost, none stored twice, no stored answer paid for again."""

from collections.abc import Callable

import pytest

from tests.faults.faults import ALL, Fault
from tests.faults.tables import Row
from tests.faults.verdict import complaints

BESIDES_SECONDS = 300
"""For starting and stopping workers before and after the reports are made."""

SCENARIOS = [
    pytest.param(fault, pool, id=f"{fault.name}-{pool}", marks=pytest.mark.timeout(fault.seconds + BESIDES_SECONDS))
    for fault in ALL
    for pool in fault.pools
]


@pytest.mark.parametrize(("fault", "pool"), SCENARIOS)
def test_every_report_is_completed_once_and_paid_for_once(
    played: Callable[[Fault, str], Row], fault: Fault, pool: str
) -> None:
    assert list(complaints(played(fault, pool).verdict)) == []
