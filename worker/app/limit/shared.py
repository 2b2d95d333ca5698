"""The limit that all workers share, kept in the Redis of the results by its own clock."""

import logging
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from app.limit import BURST_SHARE, LONGEST_BLOCK_SECONDS, PATIENCE_SECONDS, Rates, seconds_taken
from app.limit.local import LocalLimit
from app.quick_redis import quick_redis
from app.settings import settings

if TYPE_CHECKING:
    from redis import Redis

RESERVE = Path(__file__).with_name("reserve.lua").read_text()

# Only what is taken already can be taken less of: a key that has expired counts from now anyway.
SETTLE = """
local time = redis.call('TIME')
local taken = redis.call('GET', KEYS[1])
if taken then
  taken = taken + ARGV[1]
  redis.call('SET', KEYS[1], string.format('%.6f', taken), 'EX', math.max(math.ceil(taken - time[1]), 0) + 60)
end
"""

# The end of a block only moves away: a shorter one that comes later does not end it.
BLOCK = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local until_then = math.max(now + tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or 0))
redis.call('SET', KEYS[1], string.format('%.6f', until_then), 'EX', math.ceil(until_then - now) + 1)
"""

logger = logging.getLogger(__name__)


class SharedLimit:
    """Asks Redis. While it is away each process keeps to the limit by itself: 429s are better than standing still."""

    def __init__(self, api: str, rates: Rates) -> None:
        self._rates = rates
        self._alone = LocalLimit(rates)
        prefix = f"{settings().celery_global_keyprefix}revrx:limit:{api}"
        self._keys = [f"{prefix}:{part}" for part in ("requests", "tokens", "blocked")]

    @cached_property
    def _redis(self) -> "Redis":
        return quick_redis()

    def reserve(self, tokens: int) -> float:
        """As the protocol says."""
        alone = self._alone.reserve(tokens)
        arguments = (self._rates.requests, self._rates.tokens, tokens, PATIENCE_SECONDS, BURST_SHARE)
        try:
            answer: Any = self._redis.eval(RESERVE, len(self._keys), *self._keys, *arguments)
        except RedisError as error:
            logger.warning("the limit on API calls is kept by each process alone: Redis does not answer: %s", error)
            return alone
        return float(answer)

    def settle(self, surplus: int) -> None:
        """As the protocol says."""
        self._alone.settle(surplus)
        if not self._rates.tokens or not surplus:
            return
        seconds = seconds_taken(surplus, self._rates.tokens)
        try:
            self._redis.eval(SETTLE, 1, self._keys[1], seconds)
        except RedisError as error:
            logger.debug("the tokens of a request stay as reserved: %s", error)

    def block(self, seconds: float) -> None:
        """As the protocol says."""
        self._alone.block(seconds)
        try:
            self._redis.eval(BLOCK, 1, self._keys[2], min(seconds, LONGEST_BLOCK_SECONDS))
        except RedisError as error:
            logger.debug("only this process waits for the API: %s", error)
