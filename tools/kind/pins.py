"""Every version this package builds or asks for, in one place."""

from dataclasses import dataclass

KUBERNETES = "v1.37.2"
KIND = "v0.33.0"
STOCK_NODE_IMAGE = "kindest/node:v1.37.0"  # what kind v0.33.0 itself takes, pkg/apis/config/defaults/image.go
KUBERNETES_MODULE = "k8s.io/kubernetes"
METRICS_SERVER = "sigs.k8s.io/metrics-server"
KWOK = "sigs.k8s.io/kwok"
KEDA = "github.com/kedacore/keda/v2"
KEDA_VERSION = "v2.21.0"
PROMETHEUS = "github.com/prometheus/prometheus"
UNITTEST = "github.com/helm-unittest/helm-unittest"
HELM_DOCS = "github.com/norwoodj/helm-docs"
CONTAINERD_TAGS = ("no_btrfs", "no_devmapper", "no_zfs", "no_aufs")


@dataclass(frozen=True)
class GoTool:
    """One command of a Go module.

    `seconds` is what building it took with two cores, cold caches and the tools above it in the table already built.
    """

    name: str
    module: str
    version: str
    package: str
    seconds: int
    tags: tuple[str, ...] = ()
    stamp: tuple[tuple[str, str], ...] = ()
    """Go string variables that the linker sets: (import path and name, value)."""


COMPOSE = "github.com/docker/compose/v2"
COMPOSE_VERSION = "v2.40.3"


def _kubernetes(name: str, seconds: int) -> GoTool:
    major, minor, _ = KUBERNETES.removeprefix("v").split(".")
    # Without its version stamped in, kubeadm takes itself for v0.0.0 and refuses the cluster's version.
    stamp = {"gitVersion": KUBERNETES, "gitMajor": major, "gitMinor": minor}
    return GoTool(
        name,
        KUBERNETES_MODULE,
        KUBERNETES,
        f"{KUBERNETES_MODULE}/cmd/{name}",
        seconds,
        stamp=tuple((f"k8s.io/component-base/version.{key}", value) for key, value in stamp.items()),
    )


def _containerd(name: str, seconds: int) -> GoTool:
    module = "github.com/containerd/containerd/v2"
    return GoTool(name, module, "v2.2.1", f"{module}/cmd/{name}", seconds, tags=CONTAINERD_TAGS)


def _helm(name: str, major: int, version: str, seconds: int) -> GoTool:
    module = f"helm.sh/helm/v{major}"
    stamp = ((f"{module}/internal/version.version", version),)
    return GoTool(name, module, version, f"{module}/cmd/helm", seconds, stamp=stamp)


def _keda(name: str, package: str, seconds: int) -> GoTool:
    stamp = ((f"{KEDA}/version.Version", KEDA_VERSION.removeprefix("v")),)
    return GoTool(name, KEDA, KEDA_VERSION, f"{KEDA}/cmd/{package}", seconds, stamp=stamp)


def _prometheus(name: str, seconds: int) -> GoTool:
    """Without what finds targets in clouds, which is most of it."""
    return GoTool(name, PROMETHEUS, "v0.316.0", f"{PROMETHEUS}/cmd/{name}", seconds, tags=("remove_all_sd",))


GO_TOOLS: tuple[GoTool, ...] = (
    _kubernetes("kube-apiserver", 211),
    _kubernetes("kube-controller-manager", 62),
    _kubernetes("kube-scheduler", 10),
    _kubernetes("kube-proxy", 15),
    _kubernetes("kubelet", 25),
    _kubernetes("kubeadm", 15),
    _kubernetes("kubectl", 15),
    GoTool("etcd", "go.etcd.io/etcd/server/v3", "v3.7.3", "go.etcd.io/etcd/server/v3", 25),
    GoTool("coredns", "github.com/coredns/coredns", "v1.14.7", "github.com/coredns/coredns", 105),
    _containerd("containerd", 70),
    _containerd("containerd-shim-runc-v2", 5),
    _containerd("ctr", 5),
    GoTool("kind", "sigs.k8s.io/kind", KIND, "sigs.k8s.io/kind", 20),
    _helm("helm", 4, "v4.3.1", 110),
    _helm("helm3", 3, "v3.22.0", 90),
    GoTool(
        "docker-compose",
        COMPOSE,
        COMPOSE_VERSION,
        f"{COMPOSE}/cmd",
        240,
        stamp=((f"{COMPOSE}/internal.Version", COMPOSE_VERSION),),
    ),
    GoTool("metrics-server", METRICS_SERVER, "v0.9.0", f"{METRICS_SERVER}/cmd/metrics-server", 80),
    _prometheus("prometheus", 220),
    _prometheus("promtool", 120),
    GoTool("helm-unittest", UNITTEST, "v1.1.2", f"{UNITTEST}/cmd/helm-unittest", 66),
    GoTool("helm-docs", HELM_DOCS, "v1.14.2", f"{HELM_DOCS}/cmd/helm-docs", 15),
    GoTool("kwok", KWOK, "v0.8.0", f"{KWOK}/cmd/kwok", 75),
    _keda("keda", "operator", 250),
    _keda("keda-adapter", "adapter", 50),
)
BY_NAME: dict[str, GoTool] = {tool.name: tool for tool in GO_TOOLS}

CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd", "coredns")
NODE = ("kubelet", "kubeadm", "kubectl", "containerd", "containerd-shim-runc-v2", "ctr")
IN_NODE_IMAGE = (*CONTROL_PLANE, *NODE)
