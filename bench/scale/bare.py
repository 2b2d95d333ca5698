"""The pools' children written by a client that decides nothing: what the API server itself takes for them."""

import time
from typing import Any

from kubernetes.client import AppsV1Api, AutoscalingV2Api, PolicyV1Api

from bench import cluster
from bench.scale import pools
from revrx_operator.api.validation import parse_spec
from revrx_operator.resources.deployment import build_deployment
from revrx_operator.resources.hpa import build_hpa
from revrx_operator.resources.names import child_name
from revrx_operator.resources.pdb import build_pdb

NAMESPACE = "bench-scale-bare"
CLEAR_SECONDS = 900
APPLY: dict[str, Any] = {"field_manager": "bench", "force": True, "_content_type": "application/apply-patch+yaml"}


def write(count: int) -> float:
    """Give the seconds for the children of that many pools, one server-side apply each. They go again."""
    with cluster.namespace(NAMESPACE, gone_within=CLEAR_SECONDS):
        began = time.monotonic()
        pools.for_each(count, _write_children)
        return time.monotonic() - began


def _write_children(number: int) -> None:
    deployment, autoscaler, budget = _children(pools.pool(number))
    api, name = cluster.api(), deployment["metadata"]["name"]
    AppsV1Api(api).patch_namespaced_deployment(name, NAMESPACE, deployment, **APPLY)
    AutoscalingV2Api(api).patch_namespaced_horizontal_pod_autoscaler(name, NAMESPACE, autoscaler, **APPLY)
    PolicyV1Api(api).patch_namespaced_pod_disruption_budget(name, NAMESPACE, budget, **APPLY)


def _children(pool: dict[str, Any]) -> list[dict[str, Any]]:
    """What the operator makes of a pool, without an owner: there is none, and they would be collected."""
    stored = {**pool, "metadata": {**pool["metadata"], "namespace": NAMESPACE, "uid": "none"}}
    spec = parse_spec(pool["spec"])
    group = spec.workers[0]
    name = child_name(pool["metadata"]["name"], group.name)
    children = (
        build_deployment(stored, spec, group, replicas=0),
        build_hpa(
            stored,
            group,
            name,
            min_replicas=group.scaling.min_replicas,
            max_replicas=group.scaling.max_replicas,
            may_raise=True,
        ),
        build_pdb(stored, group),
    )
    return [{**child, "metadata": {**child["metadata"], "ownerReferences": []}} for child in children]
