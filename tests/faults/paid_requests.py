"""What the API server was paid for, and what it does now."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.bill import Paid
from tests.fixtures.paid_api import Fault, PaidApi


def paid_requests(api: PaidApi) -> list[Paid]:
    """The requests that it has answered, whether or not somebody was there to hear it."""
    since_1970 = time.time() - time.monotonic()
    return [Paid(text, asked.at + since_1970) for asked in api.asked() if asked.treated.paid for text in asked.texts]


def under_way(api: PaidApi) -> int:
    """How many requests it works at."""
    now = time.monotonic()
    return sum(asked.treated.paid and asked.at > now - api.latency for asked in api.asked())


@contextmanager
def misbehaving(api: PaidApi, fault: Fault) -> Iterator[None]:
    """Treat each request so, until the block ends."""
    api.misbehave(fault)
    try:
        yield
    finally:
        api.behave()
