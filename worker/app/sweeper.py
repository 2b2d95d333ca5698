"""Sweeps from the main process of each worker, one at a time by the database's lock."""

import logging
import os
from threading import Event, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from app.dead_letters import count_failed
from app.messages import UNREACHABLE, resend_lost
from app.metering import failed_reports
from revrx_worker import metrics

SWEEP_SECONDS = 10.0

logger = logging.getLogger(__name__)

# A pool that replaces a child forks from the main loop. The fork waits while a sweep is under way, so that no child
# starts with half a database connection or with a lock that nobody will release.
_sweeping = Lock()
os.register_at_fork(before=_sweeping.acquire, after_in_parent=_sweeping.release, after_in_child=_sweeping.release)

_over = Event()


def start() -> None:
    """Sweep every ten seconds until `stop`; a second call, after a reconnect, does nothing."""
    if _over.is_set() or _thread.is_alive():
        return
    _thread.start()


def stop() -> None:
    """Sweep no more."""
    _over.set()


def _sweep_until_over() -> None:
    while not _over.wait(SWEEP_SECONDS):
        with _sweeping:
            _sweep_once()
            if metrics.are_served():
                _count_failed()


def _sweep_once() -> None:
    try:
        sent = resend_lost()
    except SQLAlchemyError as error:
        logger.warning("sweep: the database does not answer: %s", str(error).splitlines()[0])
    except UNREACHABLE as error:
        logger.warning("sweep: Redis does not answer: %s", error)
    else:
        if sent:
            logger.warning("sweep: %d reports had lost their message or their worker and were sent again", sent)


def _count_failed() -> None:
    try:
        failed_reports.value = count_failed(None)
    except SQLAlchemyError as error:
        failed_reports.value = None
        logger.debug("sweep: failed reports cannot be counted: %s", str(error).splitlines()[0])


_thread = Thread(target=_sweep_until_over, name="sweep", daemon=True)
