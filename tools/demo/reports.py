"""What both stages know of the reports: the example's pool, their count by state, the end of a submit."""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from revrx_operator.model import Manifest
from tools.demo.commands import Ended
from tools.demo.stage import Outcome, Reading, StageError

REPOSITORY = Path(__file__).resolve().parents[2]
POOL = REPOSITORY / "examples" / "scale-to-zero.yaml"
ENCOUNTERS = REPOSITORY / "examples" / "encounters.jsonl"

COUNTS = "SELECT state, count(*) FROM reports GROUP BY state"


def example_pool() -> Manifest:
    """The pool that the demo runs."""
    pool: Manifest = yaml.safe_load(POOL.read_text())
    return pool


def reading_of(replicas: int, ready: int, reports: Mapping[str, int], status: Manifest) -> Reading:
    """A reading from the workers that were counted, the reports by state, and the pool's status."""
    return Reading(
        replicas=replicas,
        ready=ready,
        waiting=reports.get("queued", 0),
        running=reports.get("running", 0),
        completed=reports.get("completed", 0),
        failed=reports.get("failed", 0),
        reason=status.get("reason", ""),
        message="; ".join(group["message"] for group in status.get("groups", [])),
    )


def outcome(submit: Ended) -> Outcome:
    """What ``submit --wait`` says in its last line. Raises StageError where it ended without one."""
    last_line = submit.output.rpartition("\n")[2]
    found = re.fullmatch(r"(\d+) completed, (\d+) failed", last_line)
    if found is None or "timed out" in submit.complaint:
        told = submit.complaint or submit.output or "it said nothing"
        raise StageError(f"revrx-reports submit ended with status {submit.status}: {told}")
    return Outcome(completed=int(found[1]), failed=int(found[2]))
