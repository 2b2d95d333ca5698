"""One run of one report: claim, read, store. The same in a Celery task and in the calling process."""

import logging
import time
from dataclasses import asdict
from enum import StrEnum

from celery.exceptions import SoftTimeLimitExceeded

from app import claims, engines
from app.settings import settings

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What came of a run."""

    COMPLETED = "completed"
    FAILED = "failed"
    NOT_CLAIMED = "not claimed"
    CLAIM_LOST = "claim lost"


class Refused(Exception):
    """The text cannot be read; code and message go on the row."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def run_report(report_id: str) -> Outcome:
    """Run the report, unless it is finished or in another run's hands."""
    held = claims.claim(report_id)
    if held is None:
        return Outcome.NOT_CLAIMED
    started = time.monotonic()
    with claims.lease_kept(held):
        stored, outcome = _read_and_store(held, started)
    if stored:
        return outcome
    logger.warning("report %s: the claim was lost to another run, nothing stored", report_id)
    return Outcome.CLAIM_LOST


def _read_and_store(held: claims.Claim, started: float) -> tuple[bool, Outcome]:
    def elapsed() -> float:
        return round(time.monotonic() - started, 3)

    def fail(code: str, message: str) -> tuple[bool, Outcome]:
        logger.warning("report %s: %s: %s", held.report_id, code, message)
        return claims.fail(held, code, message, elapsed()), Outcome.FAILED

    try:
        text = decode(held.text)
        time.sleep(settings().report_pace_seconds)
        reading = engines.load().read(text)
    except Refused as refusal:
        return fail(refusal.code, str(refusal))
    except SoftTimeLimitExceeded:
        return fail("time_limit", f"not read within {settings().celery_task_soft_time_limit} s")
    except Exception as error:  # noqa: BLE001 -- whatever an engine raises belongs on the row, where a person finds it
        return fail("engine_error", f"{type(error).__name__}: {error}")
    return claims.complete(held, asdict(reading), elapsed()), Outcome.COMPLETED


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
