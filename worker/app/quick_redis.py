"""The Redis of the results for what a run does beside its report: it answers at once, or the run goes on without it."""

from functools import cache
from typing import TYPE_CHECKING, Any

from celery import current_task
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from app.settings import settings

if TYPE_CHECKING:
    from redis import Redis

ANSWER_SECONDS = 1.0
"""For what takes Redis less than a millisecond; Celery's own 30 s would hold a slot for that long."""

# Once more at once on a connection that was closed meanwhile; never where Redis hangs, for it may have heard us.
_QUICKLY = {
    "socket_timeout": ANSWER_SECONDS,
    "socket_connect_timeout": ANSWER_SECONDS,
    "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
}


def has_redis() -> bool:
    """Whether this process shares a Redis with others: with Celery, also in a worker without ENABLE_CELERY, which is
    for those who submit."""
    return settings().enable_celery or bool(current_task)


@cache
def quick_redis() -> "Redis":
    """A client of this process. Its calls raise RedisError within ANSWER_SECONDS or little more; behind Sentinels that
    hang, when these have been asked."""
    from app.celery_app import celery_app  # noqa: PLC0415 - Celery knows how this Redis is entered

    # As the backend makes its own client, whatever it is entered by (celery 5.7.0, backends/redis.py, `client`).
    backend: Any = celery_app.backend
    client: Redis = backend._create_client(**backend.connparams | _QUICKLY)
    return client
