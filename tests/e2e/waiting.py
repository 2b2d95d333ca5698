"""Waiting for what the cluster will do in its own time."""

import time
from collections.abc import Callable
from typing import TypeVar

from tests.e2e.kubectl import KubectlError

State = TypeVar("State")

PATIENCE_SECONDS = 120.0
"""Generous: what is waited for takes seconds, but the machine may have two cores and other work."""
POLL_SECONDS = 0.3


def eventually(
    read: Callable[[], State], holds: Callable[[State], bool], what: str, *, within: float = PATIENCE_SECONDS
) -> State:
    """The first state that holds. Raises AssertionError after ``within`` seconds, with the last state that was read.

    A read that kubectl answers with an error counts as a state that does not hold.
    """
    deadline = time.monotonic() + within
    while True:
        last: object
        try:
            state = last = read()
            if holds(state):
                return state
        except KubectlError as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:.0f} s: {what}; last seen: {last!r}")
        time.sleep(POLL_SECONDS)
