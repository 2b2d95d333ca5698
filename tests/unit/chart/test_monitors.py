"""What the chart gives to Prometheus and Grafana, held against what the operator and the workers are."""

import json
from typing import Any

import pytest

from revrx_operator.resources.deployment import build_deployment
from tests.rendering import NAMESPACE, Manifest, by_name, render
from tests.unit.plan.builders import pool_manifest, pool_spec

NAME = "revrx-worker"
EVERYTHING: dict[str, Any] = {
    "metrics": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prom"}, "interval": "15s"},
        "podMonitor": {"enabled": True},
    },
    "dashboard": {"enabled": True, "annotations": {"grafana_folder": "Reports"}},
}

# helm is built where it is not installed.
pytestmark = pytest.mark.timeout(900)

Manifests = dict[tuple[str, str], Manifest]


@pytest.fixture(scope="module")
def everything() -> Manifests:
    return by_name(render(EVERYTHING))


def test_nothing_of_it_is_there_unless_it_is_asked_for() -> None:
    kinds = {manifest["kind"] for manifest in render({})}

    assert not kinds & {"Service", "ServiceMonitor", "PodMonitor", "PrometheusRule", "ConfigMap"}


def test_the_service_leads_to_the_port_and_the_pods_of_the_operator() -> None:
    manifests = by_name(render({"metrics": {"service": {"enabled": True}}}))
    service, deployment = manifests["Service", NAME]["spec"], manifests["Deployment", NAME]["spec"]

    (port,) = service["ports"]
    ports = deployment["template"]["spec"]["containers"][0]["ports"]
    assert {"name": port["targetPort"], "containerPort": port["port"]} in ports
    assert service["selector"] == deployment["selector"]["matchLabels"]


def test_the_service_monitor_brings_the_service_that_it_selects(everything: Manifests) -> None:
    monitor, service = everything["ServiceMonitor", NAME], everything["Service", NAME]

    selected = monitor["spec"]["selector"]["matchLabels"]
    (endpoint,) = monitor["spec"]["endpoints"]
    assert selected.items() <= service["metadata"]["labels"].items()
    assert endpoint == {"port": service["spec"]["ports"][0]["name"], "interval": "15s", "honorLabels": True}
    assert monitor["metadata"]["labels"]["release"] == "prom"


def test_the_pod_monitor_selects_the_workers_of_pools_by_label_and_port(everything: Manifests) -> None:
    spec = pool_spec()
    worker = build_deployment(pool_manifest(), spec, spec.workers[0])["spec"]["template"]
    monitor = everything["PodMonitor", f"{NAME}-workers"]["spec"]

    (expression,) = monitor["selector"]["matchExpressions"]
    (endpoint,) = monitor["podMetricsEndpoints"]
    assert expression["key"] in worker["metadata"]["labels"]
    assert endpoint["port"] in {port["name"] for port in worker["spec"]["containers"][0]["ports"]}


def test_series_of_workers_get_the_labels_of_their_pool(everything: Manifests) -> None:
    (endpoint,) = everything["PodMonitor", f"{NAME}-workers"]["spec"]["podMetricsEndpoints"]

    assert {relabeling["targetLabel"]: relabeling["sourceLabels"] for relabeling in endpoint["relabelings"]} == {
        "pool": ["__meta_kubernetes_pod_label_revrx_io_pool"],
        "group": ["__meta_kubernetes_pod_label_revrx_io_group"],
    }


@pytest.mark.parametrize(
    ("watched", "selector"),
    [
        ([], {"matchNames": [NAMESPACE]}),
        (["reports", "billing"], {"matchNames": ["reports", "billing"]}),
        (["*"], {"any": True}),
    ],
)
def test_workers_are_looked_for_in_the_served_namespaces_only(watched: list[str], selector: dict[str, object]) -> None:
    manifests = by_name(render(EVERYTHING | {"watchNamespaces": watched}))

    assert manifests["PodMonitor", f"{NAME}-workers"]["spec"]["namespaceSelector"] == selector


def test_the_dashboard_is_whole_and_found_by_grafanas_sidecar(everything: Manifests) -> None:
    shipped = everything["ConfigMap", f"{NAME}-dashboard"]

    assert shipped["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert shipped["metadata"]["annotations"] == {"grafana_folder": "Reports"}
    assert json.loads(shipped["data"]["revrx-report-workers.json"])["uid"] == "revrx-report-workers"
