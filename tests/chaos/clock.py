"""A clock that can be set, for the operators alone: libfaketime is loaded into their processes."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.kubectl import Manifest
from tests.e2e.release import CHART, Release

LIBRARY = "libfaketimeMT.so.1"
"""The one for programs with threads."""
INSTALL = f"{LIBRARY} is not on this machine; on Debian: apt-get install libfaketime"
LIBRARIES, SETTINGS = "/faketime-library", "/faketime"
NOW = f"{SETTINGS}/now"

Jump = Callable[[Manifest, str], None]
"""Set the clock of an operator's pod off by that many seconds, such as +3600."""


@contextmanager
def of_operators(release: Release) -> Iterator[Jump]:
    """Let the operators have clocks that can be set; they are started anew for it, and once more afterwards."""
    release.kubectl.apply(_library())
    release.kubectl("patch", "deployment", CHART, "--type=strategic", "--patch-file=/dev/stdin", stdin=_patch())
    release.wait_until_rolled_out()
    try:
        yield lambda pod, offset: _set(release, pod, offset)
    finally:
        release.kubectl("rollout", "undo", f"deployment/{CHART}")
        release.wait_until_rolled_out()


def _library() -> Manifest:
    found = next(Path("/usr/lib").glob(f"*/faketime/{LIBRARY}"), None)
    assert found is not None, INSTALL
    content = base64.b64encode(found.read_bytes()).decode()
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "faketime"},
        "binaryData": {LIBRARY: content},
    }


def _patch() -> str:
    """The wall clock alone is set; the file that says how is read at each look at it."""
    env = {
        "LD_PRELOAD": f"{LIBRARIES}/{LIBRARY}",
        "FAKETIME_TIMESTAMP_FILE": NOW,
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    container: dict[str, Any] = {
        "name": "operator",
        "env": [{"name": name, "value": value} for name, value in env.items()],
        "volumeMounts": [
            {"name": "faketime-library", "mountPath": LIBRARIES},
            {"name": "faketime", "mountPath": SETTINGS},
        ],
    }
    volumes = [
        {"name": "faketime-library", "configMap": {"name": "faketime"}},
        {"name": "faketime", "emptyDir": {}},
    ]
    return json.dumps({"spec": {"template": {"spec": {"containers": [container], "volumes": volumes}}}})


def _set(release: Release, pod: Manifest, offset: str) -> None:
    """Set it, and make sure that it is."""
    name = pod["metadata"]["name"]
    before = _clock(release, name)
    release.kubectl.execute(name, "sh", "-c", f"echo '{offset}' > {NOW}")
    assert abs(_clock(release, name) - before) > 1000, "the clock did not jump"


def _clock(release: Release, pod: str) -> float:
    return float(release.kubectl.execute(pod, "date", "+%s"))
