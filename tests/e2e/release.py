"""The operator on the cluster under test, installed with Helm as its README says."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import ROOT
from tests.e2e.waiting import eventually
from tools.kind.tools import tool

CHART = "revrx-worker"
NAMESPACE = "revrx"
OURS = ROOT / "charts" / CHART
CRD = "reportworkerpools.revrx.io"
OPERATOR_PODS = "app.kubernetes.io/component=operator"


@dataclass(frozen=True)
class Release:
    """The chart's release on one cluster."""

    context: str
    namespace: str = NAMESPACE
    options: tuple[str, ...] = ("--set", "watchNamespaces={*}")
    """Of helm. Each test has a namespace of its own, and the operator serves them all."""

    @property
    def kubectl(self) -> Kubectl:
        """kubectl in the operator's namespace."""
        return Kubectl(self.context, self.namespace)

    def helm(self, version: str, *arguments: str) -> str:
        """What ``helm`` (version 4) or ``helm3`` prints; raises CalledProcessError."""
        command = [str(tool(version)), "--kube-context", self.context, *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=300).stdout

    def install(self, version: str = "helm", *options: str, chart: Path = OURS) -> None:
        """Install a chart with the image of this clone, or upgrade to it; return once the operator is ready."""
        where = [CHART, str(chart), "--namespace", self.namespace, "--create-namespace"]
        wait = ["--set", "image.tag=dev", "--wait", "--timeout", "180s"]
        self.helm(version, "upgrade", "--install", *where, *wait, *self.options, *options)

    def uninstall(self, version: str = "helm") -> None:
        """Uninstall the chart; the CRD and the pools stay."""
        self.helm(version, "uninstall", CHART, "--namespace", self.namespace, "--wait", "--timeout", "180s")
        eventually(self.pods, lambda pods: not pods, "the operator is gone")

    def clear(self) -> None:
        """Leave nothing of an earlier installation, its pools included."""
        installed: list[dict[str, Any]] = json.loads(self.helm("helm", "list", "--all-namespaces", "--output", "json"))
        for release in installed:
            if release["chart"].startswith(CHART):
                self.helm("helm", "uninstall", release["name"], "--namespace", release["namespace"], "--wait")
        self.kubectl("delete", "lease", CHART, "--ignore-not-found")
        self.kubectl("delete", "crd", CRD, "--ignore-not-found", "--timeout=120s", seconds=130)

    def pods(self) -> list[Any]:
        """The operator's pods."""
        return self.kubectl.list("pods", OPERATOR_PODS)

    def log(self, *options: str) -> str:
        """What the operator said."""
        return self.kubectl("logs", f"--selector={OPERATOR_PODS}", "--tail=-1", *options)

    @contextmanager
    def away(self) -> Iterator[None]:
        """No operator runs inside the block; a new one is ready after it."""
        self._scale(0)
        eventually(self.pods, lambda pods: not pods, "the operator is gone")
        try:
            yield
        finally:
            self._scale(1)
            self.wait_until_rolled_out()

    @contextmanager
    def scaled(self, operators: int) -> Iterator[None]:
        """So many operators are ready inside the block, and one after it."""
        self._scale(operators)
        self.wait_until_rolled_out()
        try:
            yield
        finally:
            self._scale(1)
            eventually(self.pods, lambda pods: len(pods) == 1, "one operator is left")

    def restart(self) -> None:
        """Replace the operator by a new one."""
        with self.away():
            pass

    def wait_until_rolled_out(self) -> None:
        """Return once every operator is ready and of the newest pod template."""
        self.kubectl("rollout", "status", f"deployment/{CHART}", "--timeout=180s", seconds=200)

    def _scale(self, replicas: int) -> None:
        self.kubectl("scale", f"deployment/{CHART}", f"--replicas={replicas}")
