"""Who is compared: scalers with their settings, over Deployments of one shape."""

from typing import Any

from bench.policy import hpa
from bench.policy.ours import Ours
from bench.policy.rivals import CpuHpa, CpuSettings, Keda, KedaSettings
from bench.policy.simulate import Subject
from revrx_operator.api.spec import WorkerGroup

DEFAULT_GRACE_SECONDS = 30.0
"""A pod's, where nobody sets it: the Deployments of KEDA's users and of an HPA's."""
KEDA_FASTEST = KedaSettings(polling_seconds=1, behavior=hpa.Behavior(up_pods=1000))
KEDA_THRIFTIEST = KedaSettings(1, cooldown_seconds=60, behavior=hpa.Behavior(up_pods=1000, down_window_seconds=60))

SHAPE = {"concurrency": 4, "prefetchMultiplier": 1}
SCALING = {"minReplicas": 0, "maxReplicas": 20, "tasksPerReplica": 8}
"""The same for all; KEDA's listLength is tasksPerReplica. The CPU HPA's least is 1, for it cannot wake a Deployment."""
SCALE_DOWN = {"stabilizationSeconds": 15, "maxReplicasPerMinute": 20}
"""Ours: taking idle workers away costs nobody a task, so it need not wait five minutes."""


def worker_group(shape: dict[str, Any] | None = None, **scaling: Any) -> WorkerGroup:
    """Give the worker group that is scaled, with some settings changed."""
    fields = {"name": "worker", "queues": ["reports"], **SHAPE, **(shape or {}), "scaling": {**SCALING, **scaling}}
    return WorkerGroup.model_validate(fields)


def ours(group: WorkerGroup, name: str = "ours") -> Subject:
    """Give our operator; the workers' grace period is the one that it gives them."""
    return Subject(name, group, group.grace_seconds, lambda clock, fleet, _: Ours(clock, fleet, group))


def keda(group: WorkerGroup, settings: KedaSettings, name: str) -> Subject:
    """Give a ScaledObject with these settings."""
    return Subject(
        name, group, DEFAULT_GRACE_SECONDS, lambda clock, fleet, chance: Keda(clock, fleet, group, settings, chance)
    )


def cpu_hpa(group: WorkerGroup, busy_percent: float, name: str) -> Subject:
    """Give an HPA on CPU alone, where a worker with all its slots busy takes that percentage of its request."""
    settings = CpuSettings(percent_per_slot=busy_percent / group.concurrency)
    return Subject(
        name, group, DEFAULT_GRACE_SECONDS, lambda clock, fleet, chance: CpuHpa(clock, fleet, group, settings, chance)
    )


OURS = ours(worker_group(scaleDown=SCALE_DOWN))
KEDA = keda(worker_group(), KedaSettings(), "KEDA, defaults")
ALL = (
    OURS,
    KEDA,
    keda(worker_group(), KEDA_FASTEST, "KEDA, fastest"),
    keda(worker_group(), KEDA_THRIFTIEST, "KEDA, fastest and thriftiest"),
    cpu_hpa(worker_group(), 40, "CPU HPA, busy worker at 40 %"),
    cpu_hpa(worker_group(), 80, "CPU HPA, busy worker at 80 %"),
)

PREFETCH_TWO = {"prefetchMultiplier": 2}
VARIATIONS: tuple[tuple[str, Subject, Subject], ...] = (
    ("as above", OURS, KEDA),
    ("ours with scaleDown's defaults (300 s, 4 a minute)", ours(worker_group()), KEDA),
    ("ours with maxWaitSeconds 20", ours(worker_group(scaleDown=SCALE_DOWN, maxWaitSeconds=20)), KEDA),
    (
        "prefetchMultiplier 2, the default, for both",
        ours(worker_group(PREFETCH_TWO, scaleDown=SCALE_DOWN)),
        keda(worker_group(PREFETCH_TWO), KedaSettings(), KEDA.name),
    ),
    (
        "maxReplicas 10, the default, for both",
        ours(worker_group(scaleDown=SCALE_DOWN, maxReplicas=10)),
        keda(worker_group(maxReplicas=10), KedaSettings(), KEDA.name),
    ),
)
"""What other settings would have given: a name, ours and KEDA's."""
