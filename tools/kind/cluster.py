"""The kind cluster `revrx`."""

import json
import time
from pathlib import Path
from typing import Any

from tools.kind import docker_client, shell
from tools.kind.cache import log_file
from tools.kind.report import duration, say
from tools.kind.tools import tool

NAME = "revrx"
CONTEXT = f"kind-{NAME}"
NODE = f"{NAME}-control-plane"
LOADED = "/kind/loaded-images"
"""A file on the node, so it lives as long as the node: a line per loaded image, its name and its ID."""
IMPORT = ("ctr", "--namespace", "k8s.io", "images", "import", "--local", "--digests", "-")
"""What `kind load docker-image` runs on the node, but `--local`: a third of the time with containerd 2.2."""
READY_SECONDS = 120
AUDIT_POLICY = Path(__file__).parent / "manifests" / "audit"
AUDIT = "/etc/kubernetes/audit"
AUDIT_LOGS = "/var/log/kubernetes"
"""Places on the node and in the API server's pod alike."""


def configuration(*, cgroup_v1: bool, own_node_image: bool) -> dict[str, Any]:
    """Give kind's configuration: a single, audited node, with what an old kernel interface or our own image need."""
    mount = {"hostPath": str(AUDIT_POLICY), "containerPath": AUDIT, "readOnly": True}
    config: dict[str, Any] = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "nodes": [{"role": "control-plane", "extraMounts": [mount]}],
    }
    patches = [_audited()]
    if cgroup_v1:
        # Since Kubernetes 1.35 the kubelet refuses to start there unless it is told otherwise.
        patches.append(_kubeadm_patch("KubeletConfiguration", "kubelet.config.k8s.io", "v1beta1", failCgroupV1=False))
    if own_node_image:
        config["networking"] = {"disableDefaultCNI": True}  # kindnet is an image of its own; a bridge does for one node
        conntrack = {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}
        patches.append(
            _kubeadm_patch("KubeProxyConfiguration", "kubeproxy.config.k8s.io", "v1alpha1", conntrack=conntrack)
        )
    return {**config, "kubeadmConfigPatches": [json.dumps(patch) for patch in patches]}


def _audited() -> dict[str, Any]:
    """Have the API server write down what our operator asks of it."""
    flags = {
        "audit-policy-file": f"{AUDIT}/policy.yaml",
        "audit-log-path": f"{AUDIT_LOGS}/audit.log",
        "audit-log-maxsize": "200",
        "audit-log-mode": "batch",  # no request waits for the log
        "audit-log-batch-max-wait": "1s",
    }
    arguments = [{"name": name, "value": value} for name, value in flags.items()]
    volumes = [
        {"name": "audit-policy", "hostPath": AUDIT, "mountPath": AUDIT, "readOnly": True, "pathType": "Directory"},
        {"name": "audit-logs", "hostPath": AUDIT_LOGS, "mountPath": AUDIT_LOGS, "pathType": "DirectoryOrCreate"},
    ]
    server = {"extraArgs": arguments, "extraVolumes": volumes}
    return _kubeadm_patch("ClusterConfiguration", "kubeadm.k8s.io", "v1beta4", apiServer=server)


def audit_log() -> list[str]:
    """Give what the API server has written down of our operator, a JSON object a line; empty where it writes none."""
    return (_in_node("cat", f"{AUDIT_LOGS}/audit.log") or "").splitlines()


def _kubeadm_patch(kind: str, group: str, version: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": f"{group}/{version}", **fields}


def exists() -> bool:
    """Say whether kind knows the cluster."""
    return NAME in kind("get", "clusters").split()


def kind(*arguments: str) -> str:
    """Give what a short kind command prints."""
    return shell.output([tool("kind"), *arguments], env=docker_client.environment())


def create(image: str, *, own_node_image: bool) -> None:
    """Create the cluster and wait until its node is Ready; kind adds the context to the user's kubeconfig."""
    cgroup_v1 = docker_client.ask("info", "--format", "{{.CgroupVersion}}") == "1"
    config = json.dumps(configuration(cgroup_v1=cgroup_v1, own_node_image=own_node_image))
    began = time.monotonic()
    say(f"creating cluster {NAME} from {image}")
    command: list[str | Path] = [tool("kind"), "create", "cluster", "--name", NAME, "--image", image, "--config", "-"]
    wait = ["--wait", f"{READY_SECONDS}s"]
    shell.run([*command, *wait], log="kind-create", env=docker_client.environment(), stdin=config.encode())
    say(f"cluster {NAME} is ready after {duration(time.monotonic() - began)}")


def delete() -> None:
    """Delete the cluster and its context."""
    kind("delete", "cluster", "--name", NAME)


def answers() -> bool:
    """Say whether the API server in a running node answers; a node that Docker stopped is started first."""
    if docker_client.ask("inspect", "--format", "{{.State.Running}}", NODE) != "true":
        say(f"starting the stopped node {NODE}, and waiting up to {duration(READY_SECONDS)} for its API server")
        docker_client.ask("start", NODE)
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if _in_node("kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "get", "--raw=/readyz") is not None:
            return True
        time.sleep(1)
    return False


def ready_nodes() -> str:
    """Give the nodes as kubectl in the node lists them."""
    command = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "get", "nodes", "--no-headers"]
    return _in_node(*command) or "the API server does not answer"


def _in_node(*command: str) -> str | None:
    return shell.answer([docker_client.path(), "exec", NODE, *command])


def load(images: list[str]) -> list[str]:
    """Load those images whose present build the node does not have yet; give their names."""
    there = dict(line.split() for line in (_in_node("cat", LOADED) or "").splitlines())
    ids = {image: docker_client.image_id(image) for image in images}
    absent = [image for image in images if there.get(image) != ids[image]]
    if absent:
        say(f"loading {', '.join(absent)} into {CONTEXT}")
        docker_client.save_into(absent, [docker_client.path(), "exec", "--interactive", NODE, *IMPORT])
        lines = "".join(f"{image} {ids[image]}\n" for image in images)
        docker_client.ask("exec", NODE, "sh", "-c", f"printf %s '{lines}' > {LOADED}")
    return absent


def images() -> list[str]:
    """Give the references of the images that the node has."""
    return (_in_node("ctr", "--namespace", "k8s.io", "images", "list", "--quiet") or "").splitlines()


def load_archive(images: Path) -> None:
    """Load the images of an archive as `docker save` writes it."""
    command = ["exec", "--interactive", NODE, *IMPORT]
    docker_client.pipe(command, source=images, target=log_file("image-import"))
