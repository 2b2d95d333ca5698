"""What a probe costs: the operator's own, and the guide's `celery inspect ping`."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.result import BenchError, Table
from bench.worker.place import ROOT, Place
from revrx_operator.api.validation import parse_spec
from revrx_operator.resources.probes import HEARTBEAT_FILE, worker_probes

RUNS = 200
INSPECTIONS = 5
POOL = {
    "image": "any:1",
    "broker": {"url": "redis://redis:6379/0"},
    "workers": [{"name": "worker", "queues": ["reports"]}],
}


def table(place: Place) -> Table:
    """Measure the CPU time of each, user and system, of the processes that it starts."""
    heartbeat = place.folder / "heartbeat"
    heartbeat.touch()
    inspect = [sys.executable, "-m", "celery", "-A", "bench.worker.tasks", "inspect", "ping"]
    with place.worker("probed", "--concurrency=1"):
        place.send("bench.nothing", [["up"]])
        place.await_done()
        rows = [
            *((name, *_cost(place, command, RUNS, 5.0)) for name, command in _probes(heartbeat)),
            ("celery inspect ping, this app", *_cost(place, inspect, INSPECTIONS, None)),
        ]
    return Table("A probe", ("", "CPU time", "at most"), rows)


def _probes(heartbeat: Path) -> Sequence[tuple[str, list[str]]]:
    spec = parse_spec(POOL)
    probes: Mapping[str, Mapping[str, Mapping[str, list[str]]]] = worker_probes(spec, spec.workers[0])
    named = {"readiness": "readinessProbe", "liveness": "livenessProbe"}
    return [
        (name, [word.replace(HEARTBEAT_FILE, str(heartbeat)) for word in probes[field]["exec"]["command"]])
        for name, field in named.items()
    ]


def _cost(place: Place, command: Sequence[str], runs: int, limit: float | None) -> tuple[str, str]:
    before = os.times()
    for _ in range(runs):
        ended = subprocess.run(command, cwd=ROOT, env=os.environ | place.env, capture_output=True, check=False)
        if ended.returncode:
            raise BenchError(f"the probe {command} fails: {ended.stderr.decode()}")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return f"{1000 * used / runs:.1f} ms", f"{limit:g} ms" if limit else ""
