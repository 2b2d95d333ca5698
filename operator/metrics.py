"""What the operator counts and times of itself; the series of pools are in pool_metrics.py."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from revrx_operator.observe.poller import Tick

LATENESS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)
ERROR_CAUSES = ("conflict", "api", "defect")
RECONCILE_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class OperatorMetrics:
    """Counters and histograms of one operator, in a registry of their own."""

    def __init__(self, lease: str = "") -> None:
        """``lease`` names the one that is acted by; none where this operator is alone."""
        self.registry = CollectorRegistry()
        leading = Gauge(
            "revrx_leading", "1 while this operator acts, 0 while it stands by.", ["lease"], registry=self.registry
        )
        self.leading = leading.labels(lease)
        self.tick_lateness = Histogram(
            "revrx_tick_lateness_seconds",
            "How much later than due a reading of a Redis began.",
            registry=self.registry,
            buckets=LATENESS_BUCKETS,
        )
        self.round_trips = Counter(
            "revrx_broker_round_trips", "Requests sent to a Redis.", ["redis"], registry=self.registry
        )
        self.api_requests = Counter(
            "revrx_api_requests",
            "Requests to the API server, watches left out; code 0 where there was no answer.",
            ["method", "kind", "code"],
            registry=self.registry,
        )
        self.reconcile_seconds = Histogram(
            "revrx_reconcile_seconds",
            "Time that a run for a pool took: observe, plan, apply.",
            registry=self.registry,
            buckets=RECONCILE_BUCKETS,
        )
        self.reconcile_errors = Counter(
            "revrx_reconcile_errors",
            "Runs that failed and are tried again; a conflict means that somebody else was faster.",
            ["cause"],
            registry=self.registry,
        )
        # A series that begins with the first error would hide it: nothing rises from nothing.
        for cause in ERROR_CAUSES:
            self.reconcile_errors.labels(cause)

    def ticked(self, tick: Tick) -> None:
        """A Redis was read, or should have been."""
        self.tick_lateness.observe(tick.lateness_seconds)
        self.round_trips.labels(tick.redis).inc(tick.round_trips)

    def requested(self, method: str, kind: str, code: int) -> None:
        """The API server was asked something."""
        self.api_requests.labels(method, kind, code).inc()
