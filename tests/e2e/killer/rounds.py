"""One round, and a scenario of many, several of them at a time."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import gettempdir

from tests.e2e import diagnostics
from tests.e2e.killer import stage
from tests.e2e.killer.scenarios import Disturbance, Scenario
from tests.e2e.killer.subject import CONCURRENCY, MINIMUM, WORKERS
from tests.e2e.killer.verdict import Verdict, complaints, judge, taken_while_busy
from tests.e2e.killer.watcher import Watcher, watching
from tests.e2e.kubectl import Kubectl, KubectlError
from tests.e2e.release import Release

RUNNING = WORKERS * CONCURRENCY
SUBMITTED = 4 * RUNNING
"""Enough that all slots are still busy when the last worker has started; the rest is thrown away."""
GROW_SECONDS = 300
SHRINK_SECONDS = 600
SETTLE_SECONDS = 300

Say = Callable[[str], None]


@dataclass(frozen=True)
class Played:
    """A round that was played: its verdict, if it came to its end, and what is wrong with it."""

    verdict: Verdict | None
    complaints: tuple[str, ...] = ()


def play_all(context: str, scenario: Scenario, *, repeat: int, parallel: int, seed: int) -> list[Played]:
    """Play a scenario that many times, in as many namespaces at once."""
    numbers = SimpleQueue[int]()
    for number in range(1, repeat + 1):
        numbers.put(number)

    def lane(place: int) -> list[Played]:
        with stage.namespace(context, f"killer-{scenario.name}-{place}") as kubectl, scenario.node(kubectl):
            return [_round(kubectl, scenario, number, repeat, seed) for number in _taken_from(numbers)]

    with scenario.cluster(), ThreadPoolExecutor(parallel) as lanes:
        return [played for some in lanes.map(lane, range(1, min(parallel, repeat) + 1)) for played in some]


def _taken_from(numbers: SimpleQueue[int]) -> Iterator[int]:
    while True:
        try:
            yield numbers.get_nowait()
        except Empty:
            return


def _round(kubectl: Kubectl, scenario: Scenario, number: int, repeat: int, seed: int) -> Played:
    def say(text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {scenario.name} round {number} of {repeat}: {text}", flush=True)

    chance = random.Random(f"{seed} {scenario.name} {number}")  # noqa: S311 - nothing is secret here
    played = try_round(kubectl, scenario, prefix=f"{scenario.name}-{number}-", chance=chance, say=say)
    for complaint in played.complaints:
        say(f"FAILED: {complaint}")
    if played.complaints:
        say(f"how things stood is in {_keep_evidence(kubectl, number)}")
    return played


def try_round(kubectl: Kubectl, scenario: Scenario, *, prefix: str, chance: random.Random, say: Say) -> Played:
    """Play a round and say what is wrong with it."""
    try:
        verdict = play(kubectl, scenario, prefix=prefix, chance=chance, say=say)
    except (AssertionError, KubectlError) as error:
        return Played(None, (str(error),))
    if not scenario.promises:
        return Played(verdict)
    found = [*complaints(verdict, may_start_again=scenario.may_start_again), scenario.expects(kubectl)]
    return Played(verdict, tuple(filter(None, found)))


def play(kubectl: Kubectl, scenario: Scenario, *, prefix: str, chance: random.Random, say: Say) -> Verdict:
    """Play a round with reports whose ids begin like that. Raises AssertionError where it does not come to its end."""
    subject = scenario.subject(kubectl.namespace)
    with watching(kubectl, subject, prefix, say) as watcher:
        kubectl.apply(*subject.manifests)
        watcher.wait(lambda sight: sight.at_rest(MINIMUM), "the pool is at its minimum", within=SETTLE_SECONDS, rest=3)
        stage.submit(kubectl, prefix, SUBMITTED)
        grown = watcher.wait(
            lambda sight: sight.running >= RUNNING and sight.ready >= WORKERS,
            f"{RUNNING} reports run on {WORKERS} workers",
            within=GROW_SECONDS,
        )
        emptied_at = stage.empty_queue(kubectl)
        say(f"{grown}; the queue is emptied")
        stage.forget_waiting(kubectl, prefix)
        _disturb(kubectl, watcher, scenario, emptied_at, chance)
        done = f"the pool is at its minimum again ({scenario.summary})"
        watcher.wait(lambda sight: sight.at_rest(MINIMUM), done, within=SHRINK_SECONDS, rest=scenario.rest_seconds)
        traces = stage.traces(kubectl, prefix)
        replaced = next(iter(grown.pods.values())).template if scenario.replaces_pods else ""
        verdict = judge(
            traces,
            running=grown.running,
            taken=taken_while_busy(watcher.deletions, traces.runs, replaced),
            deaf=watcher.deaf.longest,
            without_queues=watcher.without_queues.longest,
            to_minimum_seconds=watcher.since_when(MINIMUM) - emptied_at,
        )
    say(str(verdict))
    return verdict


def _disturb(kubectl: Kubectl, watcher: Watcher, scenario: Scenario, emptied_at: float, chance: random.Random) -> None:
    for due, disturbance in schedule(scenario.disturbances, chance):
        time.sleep(max(0.0, emptied_at + due - time.time()))
        watcher.say(f"{scenario.summary}, {time.time() - emptied_at:.0f} s after that; {watcher.sight}")
        disturbance.act(kubectl)


def schedule(disturbances: tuple[Disturbance, ...], chance: random.Random) -> list[tuple[float, Disturbance]]:
    """Draw when each happens, in seconds after the queue was emptied, the first one first."""
    drawn = [(chance.uniform(disturbance.earliest, disturbance.latest), disturbance) for disturbance in disturbances]
    return sorted(drawn, key=lambda pair: pair[0])


def _keep_evidence(kubectl: Kubectl, number: int) -> Path:
    """Write down what the cluster says, before the namespace goes."""
    sections = diagnostics.sections(kubectl, Release(kubectl.context))
    path = Path(gettempdir()) / f"{kubectl.namespace}-round-{number}.txt"
    path.write_text("\n\n".join(f"=== {title}\n{text}" for title, text in sections))
    return path
