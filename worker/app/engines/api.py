"""What engines that call a paid API share: a request, its answer, and the ways in which there is none."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar

Content = Mapping[str, Any]


@dataclass(frozen=True)
class ApiRequest:
    """One request. `asks` is all that its answer depends on, as JSON: model, instructions, text."""

    asks: Mapping[str, Any]
    tokens: int = 0
    """About how many it will take, counted against the limit on tokens until the answer tells."""

    @property
    def api(self) -> str:
        """The name of the engine that asks."""
        return str(self.asks["engine"])

    @property
    def asked(self) -> bytes:
        """All that its answer depends on, written in one way only."""
        return json.dumps(self.asks, sort_keys=True, ensure_ascii=False).encode()

    @property
    def hash(self) -> str:
        """The SHA-256 that the answer is stored under."""
        return sha256(self.asked).hexdigest()


@dataclass(frozen=True)
class Spent:
    """What an answer cost; the cost in millionths of what the prices are given in."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_micros: int = 0


@dataclass(frozen=True)
class Answer:
    """What came back: JSON, to be stored."""

    content: Content
    spent: Spent


Send = Callable[[ApiRequest, float], Answer]
"""Sends a request and waits at most so many seconds for its answer. Raises what is below, and nothing of its SDK."""

Ask = Callable[[Sequence[ApiRequest], Send], list[Content]]
"""Gives the answers to all requests, in their order, paying only for those that are not stored yet."""


class Fault(Exception):
    """There is no answer now, and there may be one later."""

    code: ClassVar[str]
    """What the row of the report says it waits for, or has failed for."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that we are asked to wait; 0: not told."""


class Throttled(Fault):
    """A request was turned away for the rate of requests."""

    code = "api_throttled"


class HeldBack(Throttled):
    """Our own limit held the request back: the API was not asked, and there is nothing wrong with the report."""


class Unavailable(Fault):
    """The API gave no answer: an error of its own, a time-out, a broken connection."""

    code = "api_unavailable"


class Unusable(Fault):
    """The API gave an answer that is not what was asked for. It was paid for."""

    code = "api_unusable"

    def __init__(self, message: str, spent: Spent) -> None:
        super().__init__(message)
        self.spent = spent


class Rejected(Exception):
    """The API will not answer this request, however often it is sent: a wrong key, an unknown model, a bad request."""

    code = "api_rejected"


class OutOfTime(Exception):
    """The run has no time left for another request. What it has paid for is stored."""
