from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.chart.conftest import Kubectl
from tests.integration.chart.pods import pods
from tests.rendering import NAMESPACE, render

COMBINATIONS: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("combinations.yaml").read_text())
DRY_RUN = ("apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "--filename=-")


@pytest.mark.parametrize("helm", ["helm", "helm3"])
@pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)
def test_the_api_server_takes_all_that_the_chart_renders_and_every_pod_is_restricted(
    kubectl: Kubectl, helm: str, values: dict[str, Any]
) -> None:
    manifests = render(values, helm)

    done = kubectl(*DRY_RUN, manifests=[*manifests, *pods(manifests)])

    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr


def test_a_pod_that_is_not_restricted_would_be_found_out(kubectl: Kubectl) -> None:
    manifests = render({"securityContext": {"allowPrivilegeEscalation": True}})

    done = kubectl(*DRY_RUN, manifests=pods(manifests))

    assert done.returncode == 1
    assert "violates PodSecurity" in done.stderr
    assert "allowPrivilegeEscalation" in done.stderr


@pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)
def test_helm_3_and_helm_4_render_the_same(values: dict[str, Any]) -> None:
    assert render(values) == render(values, "helm3")


def test_every_pod_of_the_chart_but_the_operators_goes_without_a_token() -> None:
    for pod in pods(render(COMBINATIONS["something to try out"])):
        is_operator = pod["spec"]["containers"][0]["name"] == "operator"
        assert pod["spec"]["automountServiceAccountToken"] is is_operator, pod["metadata"]["name"]


def test_everything_is_made_in_the_namespaces_that_are_served() -> None:
    manifests = render(COMBINATIONS["two teams, two operators"])

    namespaces = {manifest["metadata"].get("namespace") for manifest in manifests}

    assert namespaces == {None, NAMESPACE, "team-a", "team-b"}
