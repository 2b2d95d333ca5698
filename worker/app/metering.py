"""What the reports count for Prometheus, beside what `revrx_worker` counts of their tasks. In a worker only."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from app.engines.api import Spent
from revrx_worker import metrics

if TYPE_CHECKING:
    from prometheus_client import Counter

ANSWERED = "answered"
MICROS = 1_000_000

failed_reports = metrics.gauge("revrx_reports_failed", "Reports that were given up and wait for a person.")
"""As the last sweep of this worker counted them; None before, and while the database does not answer."""


@dataclass(frozen=True)
class _Series:
    runs: "Counter"
    interrupted: "Counter"
    calls: "Counter"
    tokens: "Counter"
    cost: "Counter"


@cache
def _series() -> _Series:
    return _Series(
        metrics.counter("revrx_reports_runs", "Runs of reports, by what came of them.", ("outcome",)),
        metrics.counter("revrx_reports_interrupted", "Runs of reports that ended with their worker, found by a sweep."),
        metrics.counter("revrx_reports_api_calls", "Requests to paid APIs, by what came of them.", ("api", "outcome")),
        metrics.counter("revrx_reports_api_tokens", "Tokens that were paid for.", ("api", "direction")),
        metrics.counter("revrx_reports_api_cost", "What was paid, in the unit of the prices.", ("api",)),
    )


def run_ended(outcome: str) -> None:
    """Count a run of a report; the outcome is one of `app.runs.Outcome`, with underscores."""
    _series().runs.labels(outcome.replace(" ", "_")).inc()


def runs_interrupted(times: int) -> None:
    """Count runs that were cut short: their worker was killed or went silent. None is counted, too: a first one that
    makes the series begin would not be seen as a rise."""
    if metrics.are_served():
        _series().interrupted.inc(times)


def call_ended(api: str, outcome: str, spent: Spent | None = None) -> None:
    """Count a request: `answered`, or the code of the fault (`api_throttled` is a 429), and what it has cost."""
    _series().calls.labels(api, outcome).inc()
    if spent is not None:
        _series().tokens.labels(api, "input").inc(spent.input_tokens)
        _series().tokens.labels(api, "output").inc(spent.output_tokens)
        _series().cost.labels(api).inc(spent.cost_micros / MICROS)
