"""The chart as Helm renders it."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tools.kind.tools import tool

Manifest = Mapping[str, Any]

CHART = Path(__file__).parents[3] / "charts" / "revrx-worker"
NAMESPACE = "revrx"
OPTIONS = ("--kube-version=1.37.0", "--api-versions=revrx.io/v1alpha1/ReportWorkerPool", "--values=-")


def render(helm: str, values: Mapping[str, Any], *options: str) -> list[Manifest]:
    """The manifests, with helm (4) or helm3."""
    command = [str(tool(helm)), "template", "revrx-worker", str(CHART), "--namespace", NAMESPACE, *OPTIONS, *options]
    done = subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def pods(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The pods that would come of them: admission judges a pod, and only warns about what makes one."""
    return [pod for manifest in manifests if (pod := _pod(manifest))]


def _pod(manifest: Manifest) -> Manifest | None:
    template = manifest["spec"] if manifest["kind"] in {"Deployment", "CronJob"} else {}
    if manifest["kind"] == "CronJob":
        template = template["jobTemplate"]["spec"]
    if "template" not in template:
        return None
    name = {"name": manifest["metadata"]["name"], "namespace": manifest["metadata"]["namespace"]}
    return {"apiVersion": "v1", "kind": "Pod", **template["template"], "metadata": name}
