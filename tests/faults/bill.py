"""What the API was paid for, and what of it was in vain."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.faults.encounters import Part


class Paid(NamedTuple):
    """A request that the API has answered: it costs, whether or not somebody was there to hear the answer."""

    text: str
    began: float
    """When it came in, in seconds since 1970."""


@dataclass(frozen=True)
class Bill:
    """Requests by what they were good for."""

    paid: int
    for_nothing: int
    """Answers that were not kept: whoever asked was gone, or another's was kept already."""
    again: int
    """Those of them that were asked for when the answer was stored already."""


def bill(paid: Sequence[Paid], parts: Iterable[Part], answered_at: Mapping[tuple[str, str], float]) -> Bill:
    """Compare what the API was paid for with what is stored. `answered_at` is by report and hash."""
    part_of = {part.text: (part.report_id, part.hash) for part in parts}
    times = Counter(part_of[request.text] for request in paid)
    return Bill(
        paid=len(paid),
        for_nothing=sum(count - (key in answered_at) for key, count in times.items()),
        again=sum(request.began > answered_at.get(part_of[request.text], request.began) for request in paid),
    )
