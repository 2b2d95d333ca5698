"""What a scaling policy costs and gives: ours against KEDA's and the CPU HPA's, over simulated hours and days.

A discrete-event simulation. Ours is the operator's real `decide`; the rivals are the rules of KEDA 2.21 and of the
HorizontalPodAutoscaler of Kubernetes 1.37, read in their sources. All of them scale the same workers on the same
arrivals with the same bounds and target, several times over with other seeds.

Modelled:

- arrivals (`traces`) and how long each task takes, log-normal with a mean of 20 s;
- workers (`fleet`): slots, prefetching, start-up time, Redis dealing in turn to workers that have room, SIGTERM with
  Celery's warm shutdown, SIGKILL at the end of the grace period, and the return of a killed worker's messages after the
  visibility timeout of the bundled app;
- ours (`ours`): a tick every 0.5 s; Redis is read at each, workers are heard every 2 s; raised at once; on the way down
  the idle and the least busy stop fetching and are counted off when empty, 3 s later at the earliest;
- KEDA (`rivals`, `hpa`): polling and cooldown for 0 ↔ 1; from one up the HPA every 15 s with its tolerance, its
  policies and its stabilisation, on the length of the list alone; on the way down any Ready pod goes;
- the CPU HPA: metrics-server samples every 15 s. Tasks wait for others most of the time, so a worker with all slots
  busy takes 40 % of its request; with that an HPA at 70 % never acts. The other row has a request that fits: 80 %.

Not modelled: failures of anything, rollouts, nodes that have no room, the time until Kubernetes acts on a number,
429s, tasks with an eta, and the HPA that stands beside our operator's number, which at 40 % never acts either.

Counted: a wait is from enqueue to first start, and for a task that has not started half an hour after the trace until
then. Replica-hours are pods from creation to end, start-up and shutdown included, until the same moment. Ours gives
workers the grace period that its operator sets (330 s), the rivals' Deployments have the default, 30 s. Taken away
running are tasks whose pod was told to stop, interrupted those that the grace period did not save; they run again.
"""

import argparse
from collections.abc import Sequence

from bench.policy import picture, real, tables
from bench.policy.simulate import Outcome, simulate
from bench.policy.subjects import ALL, KEDA, OURS, VARIATIONS
from bench.policy.traces import TRACES, bursty, small, steady, working_day
from bench.result import RESULTS, BenchError, Result, Table
from tools.kind import pins

SUMMARY = "simulated days: waits, replica-hours and interrupted tasks of ours, KEDA's rule and the CPU HPA"
PICTURE = "policy.svg"
VARYING = ("bursty", "working day")
REAL_SEED = 1
FIRST_SEED = 100
"""The settings were chosen by looking at seeds 0 to 2; what is told comes from others."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how often to simulate, and the real run."""
    parser.add_argument("--seeds", type=int, default=3, help="simulations of each trace (default: 3)")
    parser.add_argument("--real-minutes", type=float, default=9, help="of the real run on kind (default: 9)")
    parser.add_argument("--no-real", action="store_true", help="simulate only; the result says so")


def run(options: argparse.Namespace) -> Result:
    """Simulate, and validate on kind. Raises BenchError."""
    if options.seeds < 1 or options.real_minutes * 60 < real.SHORTEST_SECONDS:
        raise BenchError("--seeds and --real-minutes: give at least one seed and two minutes")
    validation = [] if options.no_real else [_validated(options.real_minutes, options.seeds)]
    outcomes = _simulated(range(FIRST_SEED, FIRST_SEED + options.seeds))
    _draw(outcomes)
    skipped = ["The simulation was NOT validated by a real run (--no-real)."] if options.no_real else []
    return Result(
        [
            tables.verdict(outcomes, OURS.name, KEDA.name, VARYING),
            *tables.by_trace(outcomes),
            tables.variations(_varied()),
            *validation,
        ],
        versions={"rules of KEDA": pins.KEDA_VERSION, "rules of Kubernetes": pins.KUBERNETES},
        notes=[*skipped, *_notes(options.seeds)],
    )


def _simulated(seeds: Sequence[int]) -> dict[str, dict[str, list[Outcome]]]:
    """By trace and subject."""
    outcomes: dict[str, dict[str, list[Outcome]]] = {}
    for trace in TRACES:
        played = [trace(seed) for seed in seeds]
        print(f"{played[0].name}: {len(seeds) * len(ALL)} simulations", flush=True)
        outcomes[played[0].name] = {
            subject.name: [simulate(each, subject, seed) for seed, each in zip(seeds, played, strict=True)]
            for subject in ALL
        }
    return outcomes


def _varied() -> dict[tuple[str, str], tuple[Outcome, Outcome]]:
    """By setting and trace, ours and KEDA's, of the first seed."""
    return {
        (name, trace.name): (simulate(trace, ours, FIRST_SEED), simulate(trace, keda, FIRST_SEED))
        for name, ours, keda in VARIATIONS
        for trace in (steady(FIRST_SEED), bursty(FIRST_SEED))
    }


def _validated(minutes: float, seeds: int) -> Table:
    trace = small(REAL_SEED, minutes)
    played = real.play(trace)
    return tables.validation(played.seen, real.simulated(played, trace, seeds))


def _draw(outcomes: dict[str, dict[str, list[Outcome]]]) -> None:
    day = working_day(FIRST_SEED)
    lines = [(subject.name, outcomes[day.name][subject.name][0]) for subject in (OURS, KEDA)]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / PICTURE).write_text(picture.working_day(day, lines))


def _notes(seeds: int) -> list[str]:
    return [
        f"![One of the simulated working days: arrivals, replicas, waits]({PICTURE})",
        f"Means of {seeds} seeds. A task that had not started half an hour after the trace counts until then.",
        "Workers: 4 slots, prefetchMultiplier 1, 3 to 6 s to start. All: 0 to 20 replicas, 8 tasks a replica (KEDA: "
        "listLength 8); the CPU HPA from 1. Ours: scaleDown 15 s and 20 a minute, without maxWaitSeconds.",
        "KEDA, fastest: pollingInterval 1, no limit on scaling up; and thriftiest: 60 s of stabilisation and cooldown "
        "as well.",
        "How the settings came about: 0, 15, 30 and 60 s of stabilisation for ours, prefetchMultiplier 1 and 2, 8 and "
        "4 tasks a replica, 10 and 20 replicas were tried on these traces with other seeds, and these were taken. "
        "With the resource's defaults not every demand is met: see the other settings.",
        "Grace period of the pods: ours 330 s, as the operator sets it; the others 30 s, the default.",
        "What is modelled, and what not: bench/policy/__init__.py.",
    ]
