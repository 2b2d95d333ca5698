"""Tells how far a run is: on the row, which is the truth, and to whoever else wants to know; now and then only."""

import logging
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from app.claims import Claim, show_progress

EVERY_SECONDS = 1.0

OnProgress = Callable[[str, int], None]
OnThrottled = Callable[[], None]

logger = logging.getLogger(__name__)


class RunWatcher:
    """Writes a new stage at once and a new percentage at most once a second."""

    def __init__(self, held: Claim, on_progress: OnProgress, on_throttled: OnThrottled) -> None:
        self._held = held
        self._on_progress = on_progress
        self.throttled = on_throttled
        self._stage = ""
        self._quiet_until = 0.0

    def progress(self, stage: str, percent: int) -> None:
        """So much of the report is done. Raises ClaimLost: a process that stood still for a while must not go on paying
        for what another run has paid for meanwhile."""
        now = time.monotonic()
        if stage == self._stage and now < self._quiet_until:
            return
        self._stage, self._quiet_until = stage, now + EVERY_SECONDS
        try:
            show_progress(self._held, stage, percent)
        except SQLAlchemyError as error:
            logger.debug("report %s: its progress cannot be told: %s", self._held.report_id, error)
        self._on_progress(stage, percent)
