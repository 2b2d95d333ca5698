"""How many reports are cut off when a pool shrinks: our operator against KEDA 2.21 on the same kind cluster.

The plain scenario of the killer test (tests/e2e/killer): forty reports of 20 to 60 s run on ten workers, the queue is
emptied, and whoever scales wants to go to one replica at once. What makes the comparison fair:

- The Deployment that KEDA scales is the one that our operator makes: image, command, requests, probes.
- Bounds, target and the five seconds of stabilisation are the same; KEDA polls every second, and nothing limits how
  many replicas its HorizontalPodAutoscaler adds or takes away at once.
- KEDA is measured with the grace period that our operator gives the workers, 330 s, and with the one that pods have
  unless somebody thinks of it, 30 s.
- The bundled app acknowledges late and sweeps: what is cut off is started again, so it shows as time lost and paid for
  twice, not as a lost report.
"""

import argparse
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench import cluster
from bench.killer.keda import keda
from bench.result import BenchError, Result
from tests.e2e.killer import rounds, tables
from tests.e2e.killer.rounds import Played
from tests.e2e.killer.scenarios import BY_NAME, Scenario
from tests.e2e.kubectl import KubectlError
from tools.kind import pins
from tools.kind.cluster import CONTEXT

SUMMARY = "reports cut off when a pool shrinks: ours against KEDA"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how often to measure."""
    parser.add_argument("--rounds", type=int, default=10, help="of each subject (default: 10)")
    parser.add_argument("--parallel", type=int, default=3, help="rounds at a time (default: 3)")


def run(options: argparse.Namespace) -> Result:
    """Play all rounds. Raises BenchError where one does not come to its end."""
    if min(options.rounds, options.parallel) < 1:
        raise BenchError("--rounds and --parallel: at least one")
    cluster.require()
    with cluster.operator(), cluster.addon("keda"):
        played = {name: _play(scenario, options.rounds, options.parallel) for name, scenario in SUBJECTS.items()}
    return Result(
        [tables.table(f"Reports of 20 to 60 s while the pool shrinks, {options.rounds} rounds", played)],
        versions={"Kubernetes": pins.KUBERNETES, "KEDA": pins.KEDA_VERSION},
        notes=[*tables.NOTES, "What is measured, and how: bench/killer/__init__.py."],
    )


def _keda(name: str, grace_seconds: int) -> Scenario:
    return replace(BY_NAME["plain"], name=name, subject=lambda where: keda(where, grace_seconds), promises=False)


SUBJECTS: Mapping[str, Scenario] = {
    "ours": BY_NAME["plain"],
    "KEDA, grace period 330 s": _keda("keda-330", 330),
    "KEDA, grace period 30 s, the default": _keda("keda-30", 30),
}


def _play(scenario: Scenario, repeat: int, parallel: int) -> Sequence[Played]:
    try:
        played = rounds.play_all(CONTEXT, scenario, repeat=repeat, parallel=parallel, seed=secrets.randbelow(10**6))
    except (AssertionError, KubectlError) as error:
        raise BenchError(str(error)) from None
    unfinished = [text for found in played if not found.verdict for text in found.complaints]
    if unfinished:
        raise BenchError(f"{len(unfinished)} rounds of {scenario.name} did not come to their end: {unfinished[0]}")
    return played
