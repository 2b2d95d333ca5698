"""One run of one report: claim, read, store. The same in a Celery task and in the calling process."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import SQLAlchemyError

from app import claims, engines
from app.account import Account, ToldToStop
from app.engines.api import Fault, OutOfTime, Rejected
from app.leases import lease_keeper
from app.limit import limit_of
from app.retries import delay, exhausted
from app.settings import settings
from app.watching import OnProgress, OnThrottled, RunWatcher

TIME_SHARE = 0.9
"""Of the soft time limit, within which an API is asked: SDKs may swallow the exception that the limit raises."""

HOLDING_SHARE = 0.95
"""Of the hard time limit, within which a run has to have ended, even one that holds what is kept nowhere else."""

LATE_SECONDS = 1.0
"""A claim that took longer has waited for the database, which is no fault of the report."""

MESSAGE_CHARACTERS = 1000

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What came of a run."""

    COMPLETED = "completed"
    FAILED = "failed"
    PUT_OFF = "put off"
    NOT_CLAIMED = "not claimed"
    CLAIM_LOST = "claim lost"


class Refused(Exception):
    """The text cannot be read; code and message go on the row."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Surroundings:
    """Where a run takes place: who wants to hear of it, and whether the process is about to end."""

    on_progress: OnProgress = lambda _stage, _percent: None
    on_throttled: OnThrottled = lambda: None
    stopping: Callable[[], bool] = lambda: False


def run_report(report_id: str, surroundings: Surroundings | None = None) -> Outcome:
    """Run the report, unless it is finished or in another run's hands."""
    began = time.monotonic()
    held = claims.claim(report_id)
    if held is None:
        return Outcome.NOT_CLAIMED
    with lease_keeper().kept(held), suppress(claims.ClaimLost):
        stored, outcome = _Run(held, surroundings or Surroundings(), began).read_and_store()
        if stored:
            return outcome
    logger.warning("report %s: the claim was lost to another run, nothing stored", report_id)
    return Outcome.CLAIM_LOST


class _Run:
    """A run that holds its claim."""

    def __init__(self, held: claims.Claim, surroundings: Surroundings, began: float) -> None:
        """The task's time limits count from when it ``began`` to claim, on the monotonic clock."""
        self._held = held
        self._started = time.monotonic()
        self._began_late = self._started - began > LATE_SECONDS
        self._account = Account(
            held.report_id,
            limit_of(settings().report_engine),
            RunWatcher(held, surroundings.on_progress, surroundings.on_throttled),
            deadline=began + settings().celery_task_soft_time_limit * TIME_SHARE,
            latest=began + settings().celery_task_time_limit * HOLDING_SHARE,
            stopping=surroundings.stopping,
        )

    def read_and_store(self) -> tuple[bool, Outcome]:
        """Whether something was stored, and what came of the run. Raises ClaimLost."""
        try:
            reading = engines.load().read(self._text(), self._account.ask)
        except (Refused, Rejected) as refusal:
            return self._fail(refusal.code, _told(refusal))
        except Fault as fault:
            return self._put_off(fault)
        except ToldToStop:
            return self._resume_later("stopped", "the process that ran it was told to stop")
        except (OutOfTime, SoftTimeLimitExceeded):
            return self._out_of_time()
        except (SQLAlchemyError, claims.ClaimLost):
            raise
        except Exception as error:  # noqa: BLE001 -- whatever an engine raises belongs on the row, where a person finds it
            return self._fail("engine_error", f"{type(error).__name__}: {_told(error)}")
        return claims.complete(self._held, asdict(reading), self._elapsed()), Outcome.COMPLETED

    def _text(self) -> str:
        text = decode(self._held.text)
        time.sleep(settings().report_pace_seconds)
        return text

    def _out_of_time(self) -> tuple[bool, Outcome]:
        limit = settings().celery_task_soft_time_limit
        if self._account.new_answers or self._began_late:
            return self._resume_later("time_limit", f"not read within {limit} s; what was answered is kept")
        return self._fail("time_limit", f"not read within {limit} s")

    def _put_off(self, fault: Fault) -> tuple[bool, Outcome]:
        """Have it run again later, unless it was put off too often without any progress."""
        counts = self._held.counts.after(fault, progress=self._account.new_answers > 0)
        if exhausted(counts, fault):
            return self._fail(fault.code, f"{_told(fault)} (and so it went on for too long: it is given up)")
        seconds, message = delay(counts.retries, fault.retry_after), _told(fault)
        logger.warning("report %s: put off for %.0f s: %s: %s", self._held.report_id, seconds, fault.code, message)
        return claims.give_back(self._held, seconds, counts, fault.code, message), Outcome.PUT_OFF

    def _resume_later(self, code: str, message: str) -> tuple[bool, Outcome]:
        """Nothing is wrong with the report: whoever comes next goes on with it."""
        counts = self._held.counts.given_back(progress=self._account.new_answers > 0)
        return claims.give_back(self._held, 0.0, counts, code, message), Outcome.PUT_OFF

    def _fail(self, code: str, message: str) -> tuple[bool, Outcome]:
        logger.warning("report %s: %s: %s", self._held.report_id, code, message)
        return claims.fail(self._held, code, message, self._elapsed()), Outcome.FAILED

    def _elapsed(self) -> float:
        return round(time.monotonic() - self._started, 3)


def _told(error: Exception) -> str:
    """What an API says may be a whole page of a proxy."""
    return str(error)[:MESSAGE_CHARACTERS]


def decode(text: bytes) -> str:
    """The text to read; raises Refused for one that is too large, not UTF-8 or empty."""
    limit = settings().report_max_bytes
    if len(text) > limit:
        raise Refused("text_too_large", f"the text has {len(text)} bytes, the limit (REPORT_MAX_BYTES) is {limit}")
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        raise Refused("text_not_utf8", f"byte {error.start} of the text is not UTF-8") from None
    if not decoded.strip():
        raise Refused("text_empty", "the text is empty")
    return decoded
