import pytest

from tests.faults.bill import Bill, Paid, bill
from tests.faults.encounters import Part, report_ids, report_parts

A, B = Part("a", "text of a", "hash-a"), Part("b", "text of b", "hash-b")
STORED = {("a", "hash-a"): 10.0}


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        ([], Bill(paid=0, for_nothing=0, again=0)),
        ([Paid(A.text, 9.0)], Bill(paid=1, for_nothing=0, again=0)),
        ([Paid(A.text, 8.0), Paid(A.text, 9.0)], Bill(paid=2, for_nothing=1, again=0)),
        ([Paid(A.text, 9.0), Paid(A.text, 10.5)], Bill(paid=2, for_nothing=1, again=1)),
        ([Paid(A.text, 9.0), Paid(B.text, 11.0)], Bill(paid=2, for_nothing=1, again=0)),
    ],
    ids=["nothing", "kept", "asked twice before it was stored", "asked again", "not stored"],
)
def test_what_was_paid_is_held_against_what_is_stored(paid: list[Paid], expected: Bill) -> None:
    assert bill(paid, [A, B], STORED) == expected


def test_each_report_has_two_or_three_parts_that_no_other_has() -> None:
    parts = [report_parts(name) for name in report_ids(20)]

    assert {len(of_one) for of_one in parts} == {2, 3}
    assert len({part.text for of_one in parts for part in of_one}) == sum(map(len, parts))
