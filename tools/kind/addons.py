"""What a bench or a test wants in the cluster for a while: metrics-server, kwok, KEDA.

Each is built from its Go module, whose own manifests are applied through a kustomization in `manifests/`. Stock images
are never pulled: on every machine the same source is measured.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.kind import archive, cache, cluster, go_build, pins, shell
from tools.kind.report import KindError, say
from tools.kind.steps import carry_out
from tools.kind.tools import tool

MANIFESTS = Path(__file__).parent / "manifests"
READY_SECONDS = 180


@dataclass(frozen=True)
class Addon:
    """Something to install on the cluster: the Go tools it runs, all of one module, and what is applied and awaited."""

    name: str
    tools: tuple[str, ...]
    namespace: str
    deployments: tuple[str, ...]
    api_services: tuple[str, ...] = ()
    layers: tuple[str, ...] = (".",)
    """Kustomizations in order: a later one has the objects of kinds that the first defines; they go with their kind."""
    finalized: tuple[str, ...] = ()
    """Kinds whose objects only the running addon can let go."""


ADDONS = {
    addon.name: addon
    for addon in (
        Addon(
            "metrics-server",
            tools=("metrics-server",),
            namespace="kube-system",
            deployments=("metrics-server",),
            api_services=("v1beta1.metrics.k8s.io",),
        ),
        Addon(
            "kwok",
            tools=("kwok",),
            namespace="kube-system",
            deployments=("kwok-controller",),
            layers=(".", "stages"),
        ),
        Addon(
            "keda",
            tools=("keda", "keda-adapter"),
            namespace="keda",
            deployments=("keda-operator", "keda-metrics-apiserver"),
            api_services=("v1beta1.external.metrics.k8s.io",),
            finalized=("scaledobjects.keda.sh", "scaledjobs.keda.sh"),
        ),
    )
}


def named(name: str) -> Addon:
    """Give an addon; raise KindError, naming those there are."""
    if name not in ADDONS:
        raise KindError(f"no addon {name!r}; there are {', '.join(ADDONS)}")
    return ADDONS[name]


def image(name: str) -> str:
    """Give the image that holds a tool."""
    return f"revrx/{name}:{pins.BY_NAME[name].version}"


def is_installed(name: str) -> bool:
    """Say whether an addon is on the cluster, answering or not."""
    addon = named(name)
    first = addon.deployments[0]
    return bool(_kubectl("--namespace", addon.namespace, "get", "deployment", first, "--ignore-not-found"))


def install(name: str) -> None:
    """Install an addon and return once it answers; does only what is missing."""
    addon = named(name)
    if not cluster.exists():
        raise KindError(f"there is no cluster {cluster.NAME}; call: make kind-up")
    carry_out([go_build.step(pins.BY_NAME[binary]) for binary in addon.tools])
    _load(addon)
    with _kustomizations(addon) as layers:
        for layer in layers:
            _kubectl("apply", "--server-side", "--force-conflicts", "--kustomize", str(layer))
    _await(addon)
    say(f"{name} {pins.BY_NAME[addon.tools[0]].version} runs on {cluster.CONTEXT}")


def remove(name: str) -> None:
    """Remove an addon with every object of its kinds; what is not there is no error."""
    addon = named(name)
    if not cluster.exists():
        return
    for kind in addon.finalized:
        if _kubectl("get", "crd", kind, "--ignore-not-found"):
            _kubectl("delete", kind, "--all", "--all-namespaces", "--timeout=60s")
    with _kustomizations(addon) as (first, *_):
        _kubectl("delete", "--ignore-not-found", "--kustomize", str(first), f"--timeout={READY_SECONDS}s")
    say(f"{name} is gone from {cluster.CONTEXT}")


def _load(addon: Addon) -> None:
    """Load the images that the node lacks; their tags name a version, so one that is there is the right one."""
    there = cluster.images()
    absent = [binary for binary in addon.tools if not any(line.endswith(f"/{image(binary)}") for line in there)]
    if not absent:
        return
    say(f"loading {', '.join(map(image, absent))} into {cluster.CONTEXT}")
    with tempfile.TemporaryDirectory(prefix="revrx-addon-") as work:
        images = Path(work) / "images.tar"
        archive.write([archive.Image(image(binary), cache.binary(pins.BY_NAME[binary])) for binary in absent], images)
        cluster.load_archive(images)


@contextmanager
def _kustomizations(addon: Addon) -> Iterator[list[Path]]:
    """Give the addon's kustomizations, copied beside a link `upstream` to the source of its module."""
    pin = pins.BY_NAME[addon.tools[0]]
    with tempfile.TemporaryDirectory(prefix="revrx-addon-") as work:
        (Path(work) / "upstream").symlink_to(go_build.module_directory(pin.module, pin.version))
        ours = shutil.copytree(MANIFESTS / addon.name, Path(work) / addon.name)
        yield [ours / layer for layer in addon.layers]


def _await(addon: Addon) -> None:
    wait = f"--timeout={READY_SECONDS}s"
    for deployment in addon.deployments:
        _kubectl("--namespace", addon.namespace, "rollout", "status", f"deployment/{deployment}", wait)
    for service in addon.api_services:
        _kubectl("wait", "--for=condition=Available", f"apiservice/{service}", wait)


def _kubectl(*arguments: str) -> str:
    return shell.output([tool("kubectl"), "--context", cluster.CONTEXT, *arguments])
