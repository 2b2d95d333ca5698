"""What the worker adds to a task, and how its options suit its work; without a cluster, a few minutes.

- throughput: messages are put into the queue, a prefork worker with a slot for each core is started, and its pace is
  read off the queue between the first tenth and the last. A bare Celery task that does nothing, our task around an
  engine that reads nothing, and our task with the embedded engine; same app, same Redis, PostgreSQL for the rows.
- tuning: tasks that wait, that compute and that do both, at several concurrencies; and short tasks at several
  prefetch multipliers with two workers, where a high one lets one worker hoard what the other could do.
- probes: the CPU time of the operator's probes, and of the guide's.

Redis, PostgreSQL and the workers are real, and share the machine's cores with each other.
"""

import argparse

from bench.result import BenchError, Result
from bench.worker import probes, throughput, tuning
from bench.worker.place import own_servers

SUMMARY = "reports a second and core, the overhead of a task, concurrency and prefetch"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how much to measure."""
    parser.add_argument("--tasks", type=int, default=1500, help="tasks of each kind (default: 1500)")
    parser.add_argument("--rounds", type=int, default=3, help="of throughput; the median counts (default: 3)")


def run(options: argparse.Namespace) -> Result:
    """Measure. Raises BenchError where Redis, PostgreSQL or a worker is not to be had."""
    if options.tasks < throughput.LEAST or options.rounds < 1:
        raise BenchError(f"--tasks: at least {throughput.LEAST}; --rounds: at least one")
    with own_servers() as here:
        tables = [throughput.table(here, options.tasks, options.rounds), *tuning.tables(here), probes.table(here)]
    return Result(tables, notes=["What is measured, and how: bench/worker/__init__.py."])
