"""What 1,000 pools cost: one operator, one Redis, on nodes and pods that kwok only pretends.

The API server, its controllers, Redis and the operator are real; the workers are pods that kwok calls Ready. Kwok's
pods send nothing, so the heartbeats of their workers are published for them, one each every two seconds, as Celery
does. Everything shares the machine's cores. Measured, one after the other:

- bare: the same Deployments, HPAs and PDBs written by a client that decides nothing, the floor on this machine;
- converging: until every pool has its Deployment, HPA and PDB; once from the start of an operator that finds all pools
  there, its pod's start included, and once from the first of the pools that are created while it is there. The pools
  begin at zero, for the ReplicaSets and pods that Kubernetes' own controllers make would be most of what is measured.
  Then `minReplicas` of all pools becomes two, which brings the workers;
- idle: with all workers beating and nothing waiting, over some minutes: how late the ticks are, what is written to the
  API server and asked of Redis, the operator's memory and CPU time;
- a burst in one of the pools, in the midst of the others: from the enqueue to the replicas in its Deployment.

What Redis was asked is counted by Redis, and what was written to the pools by the API server; the operator's own
metrics give the lateness and tell its writes from others'.
"""

import argparse

from bench.result import BenchError, Result
from bench.scale import measuring, tables
from tools.kind import pins

SUMMARY = "1,000 pools on one operator: lateness, convergence, writes, round trips, memory and CPU"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how much to measure."""
    parser.add_argument("--pools", type=int, default=1000, help="pools, two workers each (default: 1000)")
    parser.add_argument("--minutes", type=float, default=3, help="of idling to measure (default: 3)")


def run(options: argparse.Namespace) -> Result:
    """Measure. Raises BenchError where the cluster does not get there."""
    if options.pools < 1 or options.minutes <= 0:
        raise BenchError("--pools and --minutes: there is nothing to measure without a pool and some time")
    measured = measuring.measure(options.pools, options.minutes * 60)
    return Result(
        [tables.figures(measured)],
        versions={"Kubernetes": pins.KUBERNETES, "kwok": pins.BY_NAME["kwok"].version},
        notes=["What is measured, and how: bench/scale/__init__.py."],
    )
