"""The operator's own metrics and the API server's, scraped as Prometheus would."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from bench import cluster
from bench.result import BenchError

OPERATOR_PORT = 8081

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Scrape:
    """The samples of one moment, by name and labels."""

    samples: Mapping[tuple[str, Labels], float]

    def since(self, earlier: "Scrape") -> "Scrape":
        """Give what was added since; series that are new count from zero."""
        return Scrape({key: value - earlier.samples.get(key, 0) for key, value in self.samples.items()})

    def total(self, name: str, **labels: frozenset[str]) -> float:
        """Give the sum of the series whose labels have one of the given values."""
        return sum(
            value
            for (of, having), value in self.samples.items()
            if of == name and all(dict(having).get(label) in wanted for label, wanted in labels.items())
        )

    def quantile(self, histogram: str, part: float) -> float:
        """Give the quantile of a histogram, interpolated within its bucket. Raises BenchError where it is empty."""
        buckets = sorted(
            (float(dict(labels)["le"]), count)
            for (name, labels), count in self.samples.items()
            if name == f"{histogram}_bucket"
        )
        if not buckets or not buckets[-1][1]:
            raise BenchError(f"the operator's metrics have nothing in {histogram}")
        return _quantile(buckets, part * buckets[-1][1])


def _quantile(buckets: list[tuple[float, float]], rank: float) -> float:
    below, before = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            return below if math.isinf(bound) else below + (bound - below) * (rank - before) / (count - before)
        below, before = bound, count
    return below


def of_operator() -> Scrape:
    """Scrape the operator, by way of the API server."""
    pod = cluster.kubectl("get", "pods", *cluster.OPERATOR, "--output=jsonpath={.items[0].metadata.name}")
    return _scrape(f"/api/v1/namespaces/{cluster.RELEASE[1]}/pods/{pod}:{OPERATOR_PORT}/proxy/metrics")


def of_api_server() -> Scrape:
    """Scrape the API server."""
    return _scrape("/metrics")


def _scrape(path: str) -> Scrape:
    families = text_string_to_metric_families(cluster.kubectl("get", "--raw", path))
    return Scrape(
        {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }
    )
