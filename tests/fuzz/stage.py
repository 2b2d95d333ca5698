"""An API server with the CRD, the operator on it, and namespaces for its pools."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from revrx_operator.api.crd import crd
from revrx_operator.kubeapi import CHILDREN, DEPLOYMENT, POOL, SECRET, Kind
from tests.fixtures.api_server import api_server
from tests.fixtures.operator_process import OperatorProcess, operator_process
from tests.fuzz.api import Api
from tests.fuzz.pools import SECRETS
from tests.waiting import wait_for

CRD = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions")
NAMESPACE = Kind("v1", "Namespace", "namespaces")
START_SECONDS = 60.0


@dataclass(frozen=True)
class Stage:
    """What the fuzz plays on."""

    api: Api
    operator: OperatorProcess
    namespaces: tuple[str, ...]

    def clear(self, namespace: str) -> None:
        """Nobody collects what a pool owned here."""
        for kind in (POOL, *CHILDREN):
            self.api.clear(kind, namespace)

    def stand_in_the_way(self, namespace: str, name: str) -> None:
        """Have a Deployment of that name that is somebody else's."""
        labels = {"app": "foreign"}
        container = {"name": "a", "image": "i"}
        spec = {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        }
        manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}
        self.api.create(DEPLOYMENT, namespace, manifest)


@contextmanager
def stage(folder: Path, namespaces: int) -> Iterator[Stage]:
    """Everything runs while the context lasts."""
    with api_server() as server:
        api = Api(server)
        api.create(CRD, "", crd())
        wait_for(lambda: api.serves(POOL), "the API server does not serve the CRD", START_SECONDS)
        names = tuple(f"fuzz-{number}" for number in range(namespaces))
        for name in names:
            _make_namespace(api, name)
        with operator_process(server.kubeconfig, folder) as operator:
            yield Stage(api, operator, names)


def _make_namespace(api: Api, name: str) -> None:
    api.create(NAMESPACE, "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for secret, data in SECRETS.items():
        manifest: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}}
        api.create(SECRET, name, {**manifest, "stringData": data})
