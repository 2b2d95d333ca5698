"""The pools, their pretended nodes, and how many of their children stand."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from kubernetes.client import AppsV1Api, AutoscalingV2Api, CoreV1Api, CustomObjectsApi, PolicyV1Api

from bench import cluster

NAMESPACE = "bench-scale"
REPLICAS = 2
PODS_OF_A_NODE = 500
WRITERS = 8
RESOURCE = ("revrx.io", "v1alpha1", NAMESPACE, "reportworkerpools")
FAKE = {"kwok.x-k8s.io/node": "fake"}


def name(number: int) -> str:
    """Give the name of a pool; its queue has the same."""
    return f"pool-{number:04}"


def pool(number: int) -> dict[str, Any]:
    """Give a pool that begins without workers; their pods go to the pretended nodes."""
    template = {
        "spec": {"nodeSelector": FAKE, "tolerations": [{"key": "kwok.x-k8s.io/node", "operator": "Exists"}]},
    }
    group = {
        "name": "worker",
        "queues": [name(number)],
        "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}},
        "podTemplate": template,
        "scaling": {"minReplicas": 0, "maxReplicas": 10},
    }
    return {
        "apiVersion": "revrx.io/v1alpha1",
        "kind": "ReportWorkerPool",
        "metadata": {"name": name(number)},
        "spec": {"image": "pretended:1", "broker": {"url": f"redis://redis.{NAMESPACE}:6379/0"}, "workers": [group]},
    }


def create(count: int) -> None:
    """Create that many pools, several at a time."""
    api = CustomObjectsApi(cluster.api())

    def one(number: int) -> None:
        api.create_namespaced_custom_object(*RESOURCE, pool(number))

    for_each(count, one)


def delete_all() -> None:
    """Delete all pools; what they own goes in its own time."""
    CustomObjectsApi(cluster.api()).delete_collection_namespaced_custom_object(*RESOURCE)


def raise_minimum(count: int) -> None:
    """Ask for the workers of that many pools by a change of their specs, several at a time."""
    api = CustomObjectsApi(cluster.api())
    more = [{"op": "replace", "path": "/spec/workers/0/scaling/minReplicas", "value": REPLICAS}]

    def one(number: int) -> None:
        api.patch_namespaced_custom_object(*RESOURCE, name(number), more, _content_type="application/json-patch+json")

    for_each(count, one)


def for_each(count: int, one: Callable[[int], None]) -> None:
    """Do something for each number, several at a time."""
    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(one, range(count)))


def children() -> int:
    """Count the Deployments, HPAs and PDBs that stand. Of a list of one the server tells how many it leaves out."""
    api = cluster.api()
    return sum(
        _counted(listing(NAMESPACE, limit=1))
        for listing in (
            AppsV1Api(api).list_namespaced_deployment,
            AutoscalingV2Api(api).list_namespaced_horizontal_pod_autoscaler,
            PolicyV1Api(api).list_namespaced_pod_disruption_budget,
        )
    )


def _counted(listed: Any) -> int:
    return len(listed.items) + (listed.metadata.remaining_item_count or 0)


def replicas() -> int:
    """Count the replicas that the Deployments ask for."""
    deployments: list[Any] = AppsV1Api(cluster.api()).list_namespaced_deployment(NAMESPACE).items
    return sum(deployment.spec.replicas for deployment in deployments)


def workers() -> list[str]:
    """Give the names of the workers' pods that are Ready."""
    pods: list[Any] = CoreV1Api(cluster.api()).list_namespaced_pod(NAMESPACE, label_selector="revrx.io/pool").items
    return [str(pod.metadata.name) for pod in pods if _is_ready(pod)]


def _is_ready(pod: Any) -> bool:
    return any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or [])


@contextmanager
def nodes(pods: int) -> Iterator[None]:
    """Have pretended nodes for that many pods; they go again."""
    numbers = range(pods // PODS_OF_A_NODE + 1)
    cluster.apply(*(_node(number) for number in numbers), namespace=NAMESPACE)
    try:
        yield
    finally:
        cluster.kubectl("delete", "nodes", *(f"pretended-{number}" for number in numbers), "--ignore-not-found")


def _node(number: int) -> dict[str, Any]:
    capacity = {"cpu": "64", "memory": "256Gi", "pods": str(PODS_OF_A_NODE)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": f"pretended-{number}", "annotations": FAKE, "labels": FAKE},
        "spec": {"taints": [{"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}]},
        "status": {"allocatable": capacity, "capacity": capacity},
    }
