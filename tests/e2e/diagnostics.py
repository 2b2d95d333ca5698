"""What somebody wants to see who reads about a failed test and has no cluster to look at."""

from collections.abc import Iterator

from tests.e2e.kubectl import Kubectl, KubectlError
from tests.e2e.release import Release

LOOKS = {
    "objects": ("get", "rwp,deployments,horizontalpodautoscalers,poddisruptionbudgets,replicasets,pods", "-o", "wide"),
    "pools": ("get", "rwp", "--output=yaml"),
    "events": ("get", "events", "--sort-by=.lastTimestamp"),
    "workers": ("logs", "--selector=revrx.io/pool", "--tail=40", "--prefix", "--max-log-requests=20"),
}
OPERATOR_LINES = 150


def sections(kubectl: Kubectl, release: Release) -> Iterator[tuple[str, str]]:
    """Title and text of each look at a test's namespace."""
    for title, command in LOOKS.items():
        yield f"{title} in {kubectl.namespace}", _told(kubectl, *command)
    log = _told(release.kubectl, "logs", "--selector=app.kubernetes.io/component=operator", f"--tail={OPERATOR_LINES}")
    yield "operator", log


def _told(kubectl: Kubectl, *command: str) -> str:
    try:
        return kubectl(*command)
    except KubectlError as error:
        return str(error)
