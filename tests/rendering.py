"""The chart as Helm renders it."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from tests.pages import ROOT
from tools.kind.tools import tool

CHART = ROOT / "charts" / "revrx-worker"
NAMESPACE = "revrx"
OPTIONS = ("--kube-version=1.37.0", "--api-versions=revrx.io/v1alpha1/ReportWorkerPool", "--values=-")

Manifest = dict[str, Any]


class Refused(Exception):
    """What Helm says to values that the chart does not take."""


def render(
    values: Mapping[str, Any], helm: str = "helm", release: str = "revrx-worker", namespace: str = NAMESPACE
) -> list[Manifest]:
    """The manifests of a release, with helm (4) or helm3. Raises Refused."""
    command = [str(tool(helm)), "template", release, str(CHART), "--namespace", namespace, *OPTIONS]
    done = subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise Refused(done.stderr)
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def by_name(manifests: Iterable[Manifest]) -> dict[tuple[str, str], Manifest]:
    """By kind and name."""
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests}
