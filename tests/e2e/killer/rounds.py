"""One round, and a scenario of many, several of them at a time."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import gettempdir
from threading import Event

from tests.e2e import diagnostics
from tests.e2e.killer import stage
from tests.e2e.killer.scenarios import Disturbance, Scenario
from tests.e2e.killer.sights import Sight
from tests.e2e.killer.subject import CONCURRENCY, MINIMUM, WORKERS
from tests.e2e.killer.verdict import Verdict, complaints, judge, repeated, taken_while_busy
from tests.e2e.killer.watcher import Watcher, watching
from tests.e2e.kubectl import Kubectl, KubectlError
from tests.e2e.release import Release

RUNNING = WORKERS * CONCURRENCY
SUBMITTED = 4 * RUNNING
"""Enough that all slots are still busy when the last worker has started; the rest is thrown away."""
GROW_SECONDS = 600
SHRINK_SECONDS = 600
SETTLE_SECONDS = 600

Say = Callable[[str], None]


@dataclass(frozen=True)
class Round:
    """What a round is played with."""

    prefix: str
    """What the ids of its reports begin with."""
    chance: random.Random
    """Says when disturbances happen."""
    say: Say = print
    stop: Event = field(default_factory=Event)
    """Set when the round is to be given up."""


@dataclass(frozen=True)
class Played:
    """A round that was played: its verdict, if it came to its end, and what is wrong with it."""

    verdict: Verdict | None
    complaints: tuple[str, ...] = ()


def play_all(context: str, scenario: Scenario, *, repeat: int, parallel: int, seed: int) -> list[Played]:
    """Play a scenario that many times, in as many namespaces at once."""
    numbers, stop = SimpleQueue[int](), Event()
    for number in range(1, repeat + 1):
        numbers.put(number)

    def lane(place: int) -> list[Played]:
        with stage.namespace(context, f"killer-{scenario.name}-{place}") as kubectl, scenario.node(kubectl):
            return [_play(kubectl, scenario, f"{number} of {repeat}", seed, stop) for number in _taken_from(numbers)]

    with scenario.cluster(), ThreadPoolExecutor(parallel) as lanes:
        futures = [lanes.submit(lane, place) for place in range(1, min(parallel, repeat) + 1)]
        try:
            return [played for future in futures for played in future.result()]
        finally:
            stop.set()


def _taken_from(numbers: SimpleQueue[int]) -> Iterator[int]:
    while True:
        try:
            yield numbers.get_nowait()
        except Empty:
            return


def _play(kubectl: Kubectl, scenario: Scenario, which: str, seed: int, stop: Event) -> Played:
    """Play the round of that number, telling how it goes."""

    def say(text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {scenario.name} round {which}: {text}", flush=True)

    number = which.partition(" ")[0]
    chance = random.Random(f"{seed} {scenario.name} {number}")  # noqa: S311 - nothing is secret here
    played = try_round(kubectl, scenario, Round(f"{scenario.name}-{number}-", chance, say, stop))
    for complaint in played.complaints:
        say(f"FAILED: {complaint}")
    if played.complaints:
        say(f"how things stood is in {_keep_evidence(kubectl, number)}")
    return played


def try_round(kubectl: Kubectl, scenario: Scenario, this: Round) -> Played:
    """Play a round and say what is wrong with it. Raises Stopped."""
    try:
        verdict = play(kubectl, scenario, this)
    except (AssertionError, KubectlError) as error:
        return Played(None, (str(error),))
    if not scenario.promises:
        return Played(verdict)
    found = [*complaints(verdict, may_start_again=scenario.may_start_again), scenario.expects(kubectl)]
    return Played(verdict, tuple(filter(None, found)))


def play(kubectl: Kubectl, scenario: Scenario, this: Round) -> Verdict:
    """Play a round. Raises AssertionError where it does not come to its end, Stopped."""
    subject = scenario.subject(kubectl.namespace)
    with watching(kubectl, subject, this.prefix, this.say, this.stop) as watcher:
        kubectl.apply(*subject.manifests)
        grown = _grow(kubectl, watcher, scenario, this)
        emptied_at = stage.empty_queue(kubectl)
        this.say(f"{grown}; the queue is emptied")
        stage.forget_waiting(kubectl, this.prefix)
        _disturb(kubectl, watcher, scenario, emptied_at, this)
        _shrink(watcher, scenario)
        traces = stage.traces(kubectl, this.prefix)
        replaced = next(iter(grown.pods.values())).template if scenario.replaces_pods else ""
        verdict = judge(
            traces,
            running=grown.running,
            taken=taken_while_busy(watcher.deletions, traces.runs, replaced),
            deaf=watcher.deaf.longest,
            without_queues=watcher.without_queues.longest,
            to_minimum_seconds=watcher.since_when(MINIMUM) - emptied_at,
        )
    for run in repeated(traces.runs):
        this.say(str(run))
    this.say(str(verdict))
    return verdict


def _grow(kubectl: Kubectl, watcher: Watcher, scenario: Scenario, this: Round) -> Sight:
    """Begin with the minimum, and return once all slots of the workers that are wanted are busy."""
    watcher.wait(lambda sight: sight.at_rest(MINIMUM), "the pool is at its minimum", within=SETTLE_SECONDS, rest=3)
    stage.submit(kubectl, this.prefix, SUBMITTED)
    return watcher.wait(
        lambda sight: sight.running >= RUNNING and sight.ready >= WORKERS and len(sight.pods) >= scenario.pods,
        f"{RUNNING} reports run on {WORKERS} of {scenario.pods} workers",
        within=GROW_SECONDS,
    )


def _disturb(kubectl: Kubectl, watcher: Watcher, scenario: Scenario, emptied_at: float, this: Round) -> None:
    for due, disturbance in schedule(scenario.disturbances, this.chance):
        watcher.pause(emptied_at + due - time.time())
        this.say(f"{scenario.summary}, {time.time() - emptied_at:.0f} s after that; {watcher.sight}")
        disturbance.act(kubectl)


def _shrink(watcher: Watcher, scenario: Scenario) -> None:
    """Return once the pool has come to rest at its minimum."""
    watcher.wait(
        lambda sight: sight.at_rest(MINIMUM),
        f"the pool is at its minimum again ({scenario.summary})",
        within=SHRINK_SECONDS,
        rest=scenario.rest_seconds,
    )


def schedule(disturbances: tuple[Disturbance, ...], chance: random.Random) -> list[tuple[float, Disturbance]]:
    """Draw when each happens, in seconds after the queue was emptied, the first one first."""
    drawn = [(chance.uniform(disturbance.earliest, disturbance.latest), disturbance) for disturbance in disturbances]
    return sorted(drawn, key=lambda pair: pair[0])


def _keep_evidence(kubectl: Kubectl, number: str) -> Path:
    """Write down what the cluster says, before the namespace goes."""
    sections = diagnostics.sections(kubectl, Release(kubectl.context))
    path = Path(gettempdir()) / f"{kubectl.namespace}-round-{number}.txt"
    path.write_text("\n\n".join(f"=== {title}\n{text}" for title, text in sections))
    return path
