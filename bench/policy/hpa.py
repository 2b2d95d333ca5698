"""The HorizontalPodAutoscaler's arithmetic: what one metric proposes, and what its behavior makes of it.

Kubernetes 1.37, pkg/controller/podautoscaler: replica_calculator.go for the proposals, horizontal.go for the behavior
(normalizeDesiredReplicasWithBehaviors). Worked examples: kubernetes.io, "Horizontal Pod Autoscaling".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

SYNC_SECONDS = 15.0
TOLERANCE = 0.1
PERIOD_SECONDS = 15.0
"""Of the default policies of scaling up and down."""


@dataclass(frozen=True)
class Behavior:
    """spec.behavior, as far as somebody here sets it; the default of scaling down, 100 % in 15 s, limits nothing."""

    up_pods: int = 4
    up_percent: int = 100
    """The larger of the two may be added within the period."""
    down_window_seconds: float = 300.0
    """The highest proposal of so many seconds decides."""


DEFAULT_BEHAVIOR = Behavior()


def average_value(value: float, target: float, replicas: int) -> int:
    """What an external metric with an AverageValue target proposes; it does not ask how many pods are Ready."""
    if replicas and abs(value / (target * replicas) - 1) <= TOLERANCE:
        return replicas
    return ceil(value / target)


def utilization(percents: Sequence[float], unready: int, missing: int, target: float, replicas: int) -> int:
    """What CPU utilization proposes.

    Args:
        percents: of the request, of each Ready pod with a sample.
        unready: pods that are not Ready; they count as using nothing when that makes scaling up smaller.
        missing: Ready pods without a sample; they count as using nothing upwards and their whole request downwards.
        target: percent.
        replicas: pods that there are.
    """
    if not percents:
        return replicas
    ratio = sum(percents) / len(percents) / target
    assumed = [0.0] * (unready + missing) if ratio > 1 else [max(100.0, target)] * missing
    known = [*percents, *assumed]
    rebalanced = sum(known) / len(known) / target
    turned = (ratio > 1) != (rebalanced > 1)
    if turned or abs(ratio - 1) <= TOLERANCE or abs(rebalanced - 1) <= TOLERANCE:
        return replicas
    proposal = ceil(round(rebalanced * len(known), 9))
    return max(proposal, replicas) if rebalanced > 1 else min(proposal, replicas)


@dataclass
class History:
    """What an HPA remembers between its syncs."""

    proposals: list[tuple[float, int]] = field(default_factory=list)
    raises: list[tuple[float, int]] = field(default_factory=list)
    """When replicas were added, and how many."""


def behaved(proposal: int, current: int, now: float, behavior: Behavior, history: History) -> int:
    """The proposal after stabilisation and policies; adds it to the history."""
    history.proposals = [(at, count) for at, count in history.proposals if at > now - behavior.down_window_seconds]
    history.proposals.append((now, proposal))
    if proposal <= current:
        return min(current, max(count for _, count in history.proposals))
    history.raises = [(at, count) for at, count in history.raises if at > now - PERIOD_SECONDS]
    before = current - sum(count for _, count in history.raises)
    limit = max(before + behavior.up_pods, ceil(before * (1 + behavior.up_percent / 100)))
    desired = min(proposal, max(limit, current))
    if desired > current:
        history.raises.append((now, desired - current))
    return desired
