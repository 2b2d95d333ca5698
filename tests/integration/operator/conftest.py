from collections.abc import Iterator
from typing import Any

import pytest

from revrx_operator.api.crd import NAME, crd_yaml
from revrx_operator.kubeapi import POOL
from tests.e2e.kubectl import Kubectl
from tests.fixtures.api_server import api_server
from tests.fixtures.redis_server import running_redis

NAMESPACE = "revrx"


@pytest.fixture(scope="module")
def redis_server() -> Iterator[str]:
    with running_redis() as url:
        yield url


@pytest.fixture(scope="module")
def kubectl() -> Iterator[Kubectl]:
    with pytest.MonkeyPatch.context() as patch, api_server() as server:
        patch.setenv("KUBECONFIG", str(server.kubeconfig))
        kubectl = Kubectl("tests", NAMESPACE)
        kubectl("create", "namespace", NAMESPACE)
        kubectl("apply", "--filename=-", stdin=crd_yaml())
        kubectl("wait", "--for=condition=Established", f"crd/{NAME}", "--timeout=30s")
        yield kubectl


def pool(name: str, url: str, queue: str = "reports", **scaling: int) -> dict[str, Any]:
    """A pool of one group, ``worker``."""
    worker = {"name": "worker", "queues": [queue], "scaling": scaling}
    return {
        "apiVersion": POOL.api_version,
        "kind": POOL.name,
        "metadata": {"name": name},
        "spec": {"image": "revrx/worker:dev", "broker": {"url": url}, "workers": [worker]},
    }
