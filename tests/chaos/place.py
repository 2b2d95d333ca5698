"""What a fault can get hold of: the namespace of the reports, the operators, the node."""

import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.killer.watcher import Watcher
from tests.e2e.kubectl import Kubectl, KubectlError, Manifest
from tests.e2e.release import CHART, Release
from tests.e2e.waiting import eventually
from tools.kind import docker_client

UNSEEN_SECONDS = 5.0
"""What was seen longer ago tells nothing of now."""
BACK_SECONDS = 120.0
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Place:
    """One play of a fault."""

    kubectl: Kubectl
    """In the namespace of the reports."""
    release: Release
    watcher: Watcher
    chance: random.Random
    say: Callable[[str], None]
    submit: Callable[[int], None]
    """Submit that many reports more."""

    def in_node(self, *command: str) -> str:
        """What a command on the node prints. Raises CalledProcessError."""
        node = f"{self.kubectl.context.removeprefix('kind-')}-control-plane"
        whole = [docker_client.path(), "exec", node, *command]
        return subprocess.run(whole, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout

    def acting(self) -> Manifest:
        """The pod of the operator that holds the lease."""
        return eventually(self._acting, bool, "an operator acts")[0]

    def _acting(self) -> list[Manifest]:
        lease = self.release.kubectl.get("lease", CHART) or {"spec": {}}
        holder = lease["spec"].get("holderIdentity")
        return [pod for pod in self.release.pods() if pod["metadata"]["name"] == holder]

    def wait_until_seen(self) -> None:
        """Return once the API server answers and both eyes see again. Raises AssertionError, Stopped."""
        self.wait(lambda: self._answers() and self._sees(), "all is seen again", within=BACK_SECONDS)

    def wait(self, holds: Callable[[], bool], what: str, *, within: float) -> None:
        """Poll until it holds, whatever is seen meanwhile. Raises AssertionError, Stopped."""
        deadline = time.monotonic() + within
        while not holds():
            assert time.monotonic() < deadline, f"not within {within:.0f} s: {what}"
            self.watcher.pause(POLL_SECONDS)

    def _sees(self) -> bool:
        return time.time() - min(self.watcher.sight.at, self.watcher.heard.at) < UNSEEN_SECONDS

    def _answers(self) -> bool:
        try:
            return self.kubectl("get", "--raw=/readyz", seconds=10) == "ok"
        except KubectlError:
            return False
