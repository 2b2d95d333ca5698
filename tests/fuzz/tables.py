"""What the fuzz counted, as a table."""

from bench.result import Table
from tests.fuzz.judging import Agreement
from tests.fuzz.playing import Tally
from tests.fuzz.reconciling import MADE


def table(tally: Tally) -> Table:
    """A row for each count; what should be 0 comes last."""
    agreed = [agreement for agreement in Agreement if agreement not in {Agreement.VERDICT, Agreement.FIELDS}]
    rows = [
        ("resources", tally.resources),
        *((f"  {agreement}", tally.agreements[agreement]) for agreement in agreed),
        ("given to the operator", tally.reasons.total()),
        (f"  {MADE}", tally.reasons[MADE]),
        *((f"  Ready=False, {reason}", count) for reason, count in sorted(tally.reasons.items()) if reason != MADE),
        ("API server and validate disagree on the verdict", tally.agreements[Agreement.VERDICT]),
        ("API server and validate disagree on the field", tally.agreements[Agreement.FIELDS]),
        ("half-made pools", tally.half_made),
        ("runs that ended with an exception", tally.errors.get("defect", 0)),
        ("errors and crashes in the operator's log", len(tally.crashes)),
    ]
    return Table("Generated resources", ["", "count"], [[name, str(count)] for name, count in rows])
