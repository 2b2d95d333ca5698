"""The plain Deployment and HPA of examples/without-operator, small enough for two cores."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.e2e.pools import EXAMPLES, SMALL_RESOURCES

WORKERS = EXAMPLES / "without-operator" / "workers.yaml"
NAME = "revrx-celery-worker"
"""Of the Deployment, and its pods' label ``app``."""
REPLICAS = 2


def small_workers(variables: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """What the file has, in the test's own namespace, with requests that two cores can hold and more variables."""
    for manifest in yaml.safe_load_all(WORKERS.read_text()):
        del manifest["metadata"]["namespace"]
        if manifest["kind"] == "Deployment":
            manifest["spec"]["replicas"] = REPLICAS
            (container,) = manifest["spec"]["template"]["spec"]["containers"]
            container["resources"] = SMALL_RESOURCES
            container["env"] += [{"name": name, "value": value} for name, value in (variables or {}).items()]
        yield manifest
