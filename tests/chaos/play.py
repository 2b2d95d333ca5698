"""One play: a busy pool, a fault, a burst, and back to the minimum."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from tests.chaos.faults import Fault
from tests.chaos.place import Place
from tests.e2e.killer import stage
from tests.e2e.killer.subject import CONCURRENCY, MINIMUM, ours
from tests.e2e.killer.verdict import Traces, Verdict, complaints, judge, repeated, taken_while_busy
from tests.e2e.killer.watcher import Watcher, watching
from tests.e2e.kubectl import Kubectl, KubectlError
from tests.e2e.pools import condition
from tests.e2e.release import Release

BEFORE, AFTER = 6, 8
"""Workers that are wanted when the fault strikes, and when it is over."""
RESEND_SECONDS = 60
"""The default of the worker image: what was lost on the way is sent again."""
CORRECT_SECONDS = 60.0
GROW_SECONDS = 300.0
REST_SECONDS = 900.0
CONDITIONS = ("Ready", "BrokerReachable", "ScalingActive")


@dataclass(frozen=True)
class Played:
    """What came of a fault."""

    fault: Fault
    verdict: Verdict | None = None
    struck_seconds: float = 0.0
    correct_seconds: float = 0.0
    """From the end of the fault until the pool stood where its queue wanted it."""
    complaints: tuple[str, ...] = ()


def try_to_play(release: Release, fault: Fault, chance: random.Random) -> Played:
    """Play a fault and say what is wrong."""

    def say(text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {fault.name}: {text}", flush=True)

    try:
        with stage.namespace(release.context, f"chaos-{fault.name}") as kubectl:
            return _play(kubectl, release, fault, chance, say)
    except (AssertionError, KubectlError) as error:
        say(f"FAILED: {error}")
        return Played(fault, complaints=(str(error),))


def _play(
    kubectl: Kubectl, release: Release, fault: Fault, chance: random.Random, say: Callable[[str], None]
) -> Played:
    submissions = _Submissions(kubectl, fault.name)
    with watching(kubectl, ours(scaling={"maxReplicas": AFTER}), fault.name, say, Event()) as watcher:
        place = Place(kubectl, release, watcher, chance, say, submissions.submit)
        _grow(place)
        say(f"{watcher.sight}; {fault.summary}")
        struck_at = time.time()
        fault.strike(place)
        place.wait_until_seen()
        healed_at = time.time()
        say(f"over after {healed_at - struck_at:.0f} s; {watcher.sight}")
        correct_seconds = _correct_after(place)
        say(f"correct {correct_seconds:.1f} s later; {watcher.sight}")
        watcher.wait(lambda sight: sight.at_rest(MINIMUM), "all is done", within=REST_SECONDS, rest=5)
        traces = stage.traces(kubectl, fault.name)
        verdict = _verdict(watcher, traces, fault, healed_at)
    for run in repeated(traces.runs):
        say(str(run))
    say(str(verdict))
    found = tuple(complaints(verdict, may_start_again=fault.may_start_again))
    return Played(fault, verdict, healed_at - struck_at, correct_seconds, found)


class _Submissions:
    """Reports of one play, numbered on."""

    def __init__(self, kubectl: Kubectl, prefix: str) -> None:
        self._kubectl = kubectl
        self._prefix = prefix
        self._batches = 0

    def submit(self, count: int) -> None:
        """Submit that many more."""
        self._batches += 1
        stage.submit(self._kubectl, f"{self._prefix}-{self._batches}-", count, resend_seconds=RESEND_SECONDS)


def _grow(place: Place) -> None:
    """Begin with the minimum, and return once all slots are busy."""
    place.kubectl.apply(*ours(scaling={"maxReplicas": AFTER}).manifests)
    watcher, busy = place.watcher, BEFORE * CONCURRENCY
    watcher.wait(lambda sight: sight.at_rest(MINIMUM), "the pool is there", within=GROW_SECONDS, rest=2)
    place.submit(busy)
    watcher.wait(lambda sight: sight.running >= busy, f"{busy} reports run", within=GROW_SECONDS)


def _correct_after(place: Place) -> float:
    """Submit more than all workers can take, and give the seconds until all are there and the pool says so."""
    began = time.time()
    place.submit(2 * AFTER * CONCURRENCY)
    place.watcher.wait(
        lambda sight: sight.replicas == AFTER == sight.ready and _says_so(place.kubectl),
        f"{AFTER} workers are Ready, and the pool says so",
        within=CORRECT_SECONDS,
    )
    return time.time() - began


def _says_so(kubectl: Kubectl) -> bool:
    return all(condition(kubectl, name).get("status") == "True" for name in CONDITIONS)


def _verdict(watcher: Watcher, traces: Traces, fault: Fault, healed_at: float) -> Verdict:
    taken = () if fault.evicts else taken_while_busy(watcher.deletions, traces.runs)
    return judge(
        traces,
        running=BEFORE * CONCURRENCY,
        taken=taken,
        deaf=watcher.deaf.longest,
        without_queues=watcher.without_queues.longest,
        to_minimum_seconds=watcher.since_when(MINIMUM) - healed_at,
    )
