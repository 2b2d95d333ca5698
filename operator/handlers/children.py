"""A Deployment, HPA, PDB or Service of a pool was added, changed, deleted or listed anew."""

from typing import Any

import kopf

from revrx_operator.handlers.registry import REGISTRY, tell
from revrx_operator.kubeapi import AUTOSCALER, DEPLOYMENT, DISRUPTION_BUDGET, SERVICE

DEPLOYMENTS = ("apps", "v1", "deployments")
AUTOSCALERS = ("autoscaling", "v2", "horizontalpodautoscalers")
DISRUPTION_BUDGETS = ("policy", "v1", "poddisruptionbudgets")
SERVICES = ("", "v1", "services")

CHILD_RESOURCES = (DEPLOYMENTS, AUTOSCALERS, DISRUPTION_BUDGETS, SERVICES)


@kopf.on.event(*DEPLOYMENTS, registry=REGISTRY)
async def deployment_changed(event: kopf.RawEvent, memo: kopf.Memo, **_: Any) -> None:
    """Tell of the Deployment."""
    tell(memo, DEPLOYMENT, event)


@kopf.on.event(*AUTOSCALERS, registry=REGISTRY)
async def autoscaler_changed(event: kopf.RawEvent, memo: kopf.Memo, **_: Any) -> None:
    """Tell of the HorizontalPodAutoscaler."""
    tell(memo, AUTOSCALER, event)


@kopf.on.event(*DISRUPTION_BUDGETS, registry=REGISTRY)
async def disruption_budget_changed(event: kopf.RawEvent, memo: kopf.Memo, **_: Any) -> None:
    """Tell of the PodDisruptionBudget."""
    tell(memo, DISRUPTION_BUDGET, event)


@kopf.on.event(*SERVICES, registry=REGISTRY)
async def service_changed(event: kopf.RawEvent, memo: kopf.Memo, **_: Any) -> None:
    """Tell of the Service."""
    tell(memo, SERVICE, event)
