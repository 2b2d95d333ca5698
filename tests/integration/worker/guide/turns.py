"""Runs the page's command lines: those for the same worker one after the other, all others beside them."""

import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from tests.integration.worker.guide.expectations import Expectation, Where, expectation_of
from tests.integration.worker.guide.place import Place, Places
from tests.waiting import wait_for

AT_ONCE = {Where.ALONE: 3, Where.IDLE: 1, Where.BUSY: 1}


class Turns:
    """Each turn is a line, or lines that run at the same time; what comes of it is known later."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._running = ExitStack()
        self._shared: dict[Where, Place] = {}
        self._lanes = {where: ThreadPoolExecutor(number) for where, number in AT_ONCE.items()}

    def begin(self, turn: list[str]) -> Future[None]:
        """Run it as soon as those before it allow; a turn of which nothing is known has failed already."""
        try:
            expected = _expectation_of(turn)
        except AssertionError as unknown:
            failed: Future[None] = Future()
            failed.set_exception(unknown)
            return failed
        return self._lanes[expected.where].submit(lambda: expected.check(self._place(expected.where), *turn))

    def end(self) -> None:
        """Let those that have begun end, and no other begin."""
        for lane in self._lanes.values():
            lane.shutdown(wait=False, cancel_futures=True)
        for lane in self._lanes.values():
            lane.shutdown()
        self._running.close()

    def _place(self, where: Where) -> Place:
        if where is Where.ALONE:
            return self._places.new()
        if where not in self._shared:
            make = _idle if where is Where.IDLE else _busy
            self._shared[where] = self._running.enter_context(make(self._places.new()))
        return self._shared[where]


def _expectation_of(turn: list[str]) -> Expectation:
    found = {expectation_of(line) for line in turn}
    assert len(found) == 1, f"lines that run side by side have to be of one form: {turn}"
    return found.pop()


@contextmanager
def _idle(place: Place) -> Iterator[Place]:
    with place.worker("--concurrency=2"):
        yield place


@contextmanager
def _busy(place: Place) -> Iterator[Place]:
    with place.worker("--concurrency=1 --prefetch-multiplier=2", REPORT_PACE_SECONDS="600"):
        with place.client() as client:
            client.send_task("app.celery_app.health_check", queue="default", countdown=600)
        wait_for(lambda: any(place.ask("scheduled").values()), "the task for later is not fetched")
        place.submit("running", "held", "waiting")
        wait_for(lambda: any(place.ask("active").values()), "no report is begun")
        wait_for(lambda: any(place.ask("reserved").values()), "no report is held")
        yield place


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C reaches the commands that we start, also where whoever started us has it ignored, as `… &` in a script."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
