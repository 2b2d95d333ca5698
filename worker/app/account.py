"""The account of one run with a paid API: what it asks, waits for, pays and keeps."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app import answers, metering
from app.engines.api import (
    Answer,
    ApiRequest,
    Content,
    Fault,
    HeldBack,
    OutOfTime,
    Rejected,
    Send,
    Spent,
    Throttled,
    Unusable,
)
from app.limit import PATIENCE_SECONDS, Limit

LEAST_SECONDS = 1.0
"""With less time left no request is begun."""
UNSAID_SECONDS = 1.0
"""For so long nobody asks an API that turned a request away without a word on when to come back."""


class ToldToStop(Exception):
    """The process is about to end. What the run has paid for is stored."""


class Watcher(Protocol):
    """Is told how a run gets on."""

    def progress(self, stage: str, percent: int) -> None:
        """So much of the report is done."""
        ...

    def throttled(self) -> None:
        """A request was turned away, or held back, for the rate of requests."""
        ...


@dataclass
class Account:
    """Answers to the requests of one run of a report."""

    report_id: str
    limit: Limit
    watcher: Watcher
    deadline: float
    """Monotonic; nothing is asked after it."""
    latest: float
    """Monotonic; until then an answer is held that neither the database nor Redis takes."""
    stopping: Callable[[], bool]
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    new_answers: int = field(default=0, init=False)

    def ask(self, requests: Sequence[ApiRequest], send: Send) -> list[Content]:
        """The answers in the order of the requests. Raises what `send` raises, OutOfTime and ToldToStop."""
        contents: list[Content] = []
        for done, request in enumerate(requests):
            self.watcher.progress("asking", 100 * done // len(requests))
            # Looked up each time: a run that was taken for dead may have stored it meanwhile.
            known = answers.known(self.report_id, request)
            contents.append(self._paid(request, send).content if known is None else known)
        return contents

    def _paid(self, request: ApiRequest, send: Send) -> Answer:
        self._wait_for_the_limit(request)
        try:
            answer = send(request, self._seconds_left())
        except (Fault, Rejected) as fault:
            self._meet(request, fault)
            raise
        self.new_answers += 1
        try:
            answers.store(self.report_id, request, answer, self.latest)
        finally:
            self._settle(request, answer.spent)
            metering.call_ended(request.api, metering.ANSWERED, answer.spent)
        return answer

    def _meet(self, request: ApiRequest, fault: Fault | Rejected) -> None:
        spent = fault.spent if isinstance(fault, Unusable) else None
        metering.call_ended(request.api, fault.code, spent)
        if isinstance(fault, Throttled):
            self.limit.block(fault.retry_after or UNSAID_SECONDS)
            self.watcher.throttled()
        if spent is not None:
            self._settle(request, spent)
            answers.charge(self.report_id, spent)

    def _settle(self, request: ApiRequest, spent: Spent) -> None:
        """Count what it really took. An API that does not tell is believed to have taken what was expected."""
        taken = spent.input_tokens + spent.output_tokens
        if taken:
            self.limit.settle(taken - request.tokens)

    def _wait_for_the_limit(self, request: ApiRequest) -> None:
        seconds_left = self._seconds_left()
        wait = self.limit.reserve(request.tokens)
        if wait > PATIENCE_SECONDS:
            self.watcher.throttled()
            raise HeldBack("our own limit on API calls holds it back", wait)
        if wait > seconds_left - LEAST_SECONDS:
            raise OutOfTime
        if wait > 0:
            self.sleep(wait)

    def _seconds_left(self) -> float:
        if self.stopping():
            raise ToldToStop
        left = self.deadline - self.clock()
        if left < LEAST_SECONDS:
            raise OutOfTime
        return left
