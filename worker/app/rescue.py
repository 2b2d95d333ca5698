"""Answers that were paid for while the database could not be reached: Redis keeps them for the next run.

They are about patients, and Redis is no place for that. So each is sealed by what was asked, which stands in the
database alone: whoever has the text can open what was answered to it, and nobody else.
"""

import logging
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from pydantic import TypeAdapter, ValidationError
from redis.exceptions import RedisError

from app.engines.api import Answer, ApiRequest
from app.quick_redis import has_redis, quick_redis
from app.settings import settings
from app.storable import storable

ANSWER = TypeAdapter(Answer)

logger = logging.getLogger(__name__)


def keep(report_id: str, request: ApiRequest, answer: Answer, *, again: bool = False) -> bool:
    """Keep it for REPORT_RESCUE_SECONDS; False where Redis does not take it, or there is none.

    `again`: it did not take it a moment ago, which has been told.
    """
    if not _wanted():
        return False
    try:
        kept = replace(answer, content=storable(dict(answer.content)))
        sealed = _seal(request).encrypt(ANSWER.dump_json(kept))
        quick_redis().set(_name(report_id, request), sealed, ex=settings().report_rescue_seconds)
    except RedisError as error:
        level = logging.DEBUG if again else logging.WARNING
        logger.log(level, "report %s: Redis does not take an answer that was paid for: %s", report_id, error)
        return False
    return True


def find(report_id: str, request: ApiRequest) -> Answer | None:
    """What was kept for that request of the report; None where there is nothing, or Redis does not answer."""
    if not _wanted():
        return None
    try:
        sealed: Any = quick_redis().get(_name(report_id, request))
    except RedisError as error:
        logger.warning("report %s: Redis cannot be asked for answers that were paid for: %s", report_id, error)
        return None
    try:
        return ANSWER.validate_json(_seal(request).decrypt(sealed)) if sealed else None
    except (InvalidToken, ValidationError):
        logger.warning("report %s: Redis has something else in the place of an answer", report_id)
        return None


def _wanted() -> bool:
    return has_redis() and settings().report_rescue_seconds > 0


def _name(report_id: str, request: ApiRequest) -> str:
    return f"{settings().celery_global_keyprefix}revrx:answer:{report_id}:{request.hash}"


def _seal(request: ApiRequest) -> Fernet:
    """The key is another hash of what was asked than the one in the name, from which it cannot be told."""
    return Fernet(urlsafe_b64encode(sha256(b"revrx-seal\0" + request.asked).digest()))
