from dataclasses import replace

import pytest

from tests.faults.bill import Bill
from tests.faults.tables import Row, table
from tests.faults.verdict import Verdict, complaints

KEPT = Verdict(
    reports=200, completed=200, stored_twice=0, runs=204, bill=Bill(504, 4, 0), bound=4, seconds=30.4, trouble=()
)


def test_what_was_kept_is_not_complained_of() -> None:
    assert list(complaints(KEPT)) == []


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (replace(KEPT, completed=199), "1 of 200 reports were not completed"),
        (replace(KEPT, stored_twice=2), "2 reports were stored twice"),
        (replace(KEPT, bill=Bill(504, 4, 3)), "3 answers that were stored were paid for again"),
        (replace(KEPT, bound=3), "4 requests were paid for nothing, where at most 3 may be"),
        (replace(KEPT, trouble=("worker-1.log ended",)), "worker-1.log ended"),
    ],
)
def test_each_promise_that_was_broken_is_told(broken: Verdict, complaint: str) -> None:
    assert list(complaints(broken)) == [complaint]


def test_the_table_has_a_row_for_each_fault_and_pool() -> None:
    rows = table([Row("none", "prefork", KEPT), Row("none", "threads", KEPT)]).rows

    assert rows[1] == ["none", "threads", "200", "200", "0", "0", "204", "504", "0", "4", "4", "30"]
