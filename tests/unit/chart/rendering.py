"""The chart as Helm renders it."""

import subprocess
from pathlib import Path
from typing import Any

import yaml

from tools.kind.tools import tool

ROOT = Path(__file__).parents[3]
CHART = ROOT / "charts" / "revrx-worker"

NAMESPACE = "revrx-system"

Manifest = dict[str, Any]


class Refused(Exception):
    """What Helm says to values that the chart does not take."""


def render(values: dict[str, Any], folder: Path, release: str = "revrx-worker") -> dict[tuple[str, str], Manifest]:
    """The manifests of a release, by kind and name. Raises Refused.

    The folder is for the values.
    """
    file = folder / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    where = ["--namespace", NAMESPACE, "--values", str(file)]
    command = [str(tool("helm")), "template", release, str(CHART), *where]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise Refused(done.stderr)
    manifests = [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests}
