"""Keeps what the runs of this process have claimed, from one thread for all of them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from app.claims import Claim, renew
from app.settings import settings

RENEWALS = 3
"""Within a lease, so that two in a row may fail."""


class LeaseKeeper:
    """Renews the leases of claims while they are kept, but of none for longer than a task may run."""

    def __init__(self, lease_seconds: float, longest_seconds: float) -> None:
        self._interval = lease_seconds / RENEWALS
        self._longest = longest_seconds
        self._kept: dict[Claim, float] = {}
        """Until when each is kept at the longest, on the monotonic clock."""
        self._lock = Lock()
        self._thread: Thread | None = None

    @contextmanager
    def kept(self, held: Claim) -> Iterator[None]:
        """Renew the lease until the block ends."""
        try:
            self._keep(held)
            yield
        finally:
            self._forget(held)

    def _keep(self, held: Claim) -> None:
        with self._lock:
            self._kept[held] = time.monotonic() + self._longest
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._renew_while_some_are_kept, name="report-leases", daemon=True)
                self._thread.start()

    def _renew_while_some_are_kept(self) -> None:
        while True:
            time.sleep(self._interval)
            with self._lock:
                if not self._kept:
                    self._thread = None
                    return
                kept = list(self._kept.items())
            for held, until in kept:
                if time.monotonic() >= until or not _renewed(held):
                    self._forget(held)

    def _forget(self, held: Claim) -> None:
        with self._lock:
            self._kept.pop(held, None)


def _renewed(held: Claim) -> bool:
    try:
        return renew(held)
    except SQLAlchemyError:
        # More renewals fit into the lease; after that the row is free to claim, and the token guards it.
        return True


@cache
def lease_keeper() -> LeaseKeeper:
    """The one of this process."""
    return LeaseKeeper(settings().report_lease_seconds, settings().celery_task_time_limit)


os.register_at_fork(after_in_child=lease_keeper.cache_clear)
