"""How soon a queue that fills is answered: our operator against KEDA 2.21 on the same kind cluster.

Fifty messages arrive in one LPUSH while there are no workers; four a replica and at most ten replicas are allowed.
Measured from just before the LPUSH, by a watch of the Deployment: until `spec.replicas` is above zero, until it is ten,
and until ten pods are Ready. What makes the comparison fair:

- The Deployment that KEDA scales is a copy of the one that our operator makes: image, command, requests, probes.
- Both read the same Redis, which runs on the cluster. Both operators run all the while, and one Deployment at a time.
- Workers are real Celery workers with one slot, each of which takes one message and holds it for longer than a run.
  Ours counts waiting and running, KEDA's Redis scaler the list alone. With four a replica both want ten replicas at any
  moment of a run, because at least 40 messages stay in the list.
- Every run starts anew, with its own Deployment and its own scaler, and then pauses at random for up to the longest
  period of what is measured: the messages come at any phase of its polling. The runs of all subjects are shuffled.
- KEDA raises from zero by its own polling, and beyond one through the HorizontalPodAutoscaler, which looks every 15 s.
  It is measured with its defaults, polling every second, and polling every second with the limit that the
  HorizontalPodAutoscaler sets on scaling up (the larger of 4 pods and 100 % in 15 s) lifted as well.
"""

import argparse
import secrets

from bench.reaction import runs, tables
from bench.reaction.subjects import OURS
from bench.result import BenchError, Result
from tools.kind import pins

SUMMARY = "enqueue until the first replica, ten replicas and ten Ready pods: ours against KEDA"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how often to measure."""
    parser.add_argument("--minimum", type=int, choices=(0, 1), default=0, help="idle workers at the start (default: 0)")
    parser.add_argument("--ours", type=int, default=30, help="runs of ours (default: 30)")
    parser.add_argument("--keda", type=int, default=10, help="runs of each setting of KEDA (default: 10)")
    parser.add_argument("--seed", type=int, help="of the order and the pauses (default: a random one)")


def run(options: argparse.Namespace) -> Result:
    """Measure all runs. Raises BenchError where one does not come to its end."""
    if min(options.ours, options.keda) < 1:
        raise BenchError("--ours and --keda: a comparison needs at least one run of each")
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    reactions = runs.measure_all(minimum=options.minimum, ours=options.ours, keda=options.keda, seed=seed)
    return Result(
        [tables.durations(reactions), tables.ratios(reactions, OURS.name)],
        versions={"Kubernetes": pins.KUBERNETES, "KEDA": pins.KEDA_VERSION},
        notes=[
            f"Order and pauses are those of seed {seed}.",
            "What is measured, and how: bench/reaction/__init__.py.",
        ],
    )
