"""The node image made on this machine from the Go module proxy and a Debian mirror."""

import hashlib
import os
import platform
import shutil
import tempfile
from pathlib import Path

from tools.kind import archive, cache, debian, docker_client, go_build, pins, shell
from tools.kind.steps import Step

SOURCE = Path(__file__).parent / "node"
CONTAINER = "revrx-node-build"


def reference() -> str:
    """Give the image's name; the tag changes with anything that goes into it."""
    digest = hashlib.sha256(platform.machine().encode())
    for file in sorted(path for path in SOURCE.rglob("*") if path.is_file()):
        digest.update(file.read_bytes())
    digest.update(repr(([pins.BY_NAME[name] for name in pins.IN_NODE_IMAGE], pins.KIND, debian.NODE.key)).encode())
    return f"revrx/kind-node:{pins.KUBERNETES}-{digest.hexdigest()[:12]}"


def there() -> bool:
    """Say whether the image is in Docker."""
    return docker_client.image_id(reference()) is not None


def steps() -> list[Step]:
    """Give everything from nothing to the image."""
    return [
        *(go_build.step(pins.BY_NAME[name]) for name in pins.IN_NODE_IMAGE),
        *debian.steps(debian.NODE),
        Step("assemble the node image", 40, _assemble, done=there),
    ]


def _assemble() -> None:
    """Make the image, unless another run does so meanwhile."""
    with cache.locked("node-image"):
        if not there():
            _put_together()


def _put_together() -> None:
    """Put files, binaries and the control plane's images together."""
    work = Path(tempfile.mkdtemp(prefix="node-", dir=cache.directory()))
    try:
        references = _control_plane_references()
        _node_without_images(work / "context", pause=references["pause"])
        images = work / "images.tar"
        archive.write(_control_plane_images(references, work), images)
        _import_images(images)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _binary(name: str) -> Path:
    return cache.binary(pins.BY_NAME[name])


def _control_plane_references() -> dict[str, str]:
    """Give the image that kubeadm wants for each component, by the component's name."""
    listed = shell.output([_binary("kubeadm"), "config", "images", "list", "--kubernetes-version", pins.KUBERNETES])
    return {line.rpartition(":")[0].rpartition("/")[2]: line for line in listed.splitlines()}


def _node_without_images(context: Path, *, pause: str) -> None:
    kind_files = go_build.module_directory("sigs.k8s.io/kind", pins.KIND) / "images" / "base" / "files"
    shutil.copytree(SOURCE, context)
    shutil.copytree(kind_files, context / "kind-files", copy_function=shutil.copy)
    shell.output(["chmod", "-R", "u+w", str(context / "kind-files")])  # Go's cache is read-only
    (context / "bin").mkdir()
    for name in pins.NODE:
        _link_or_copy(_binary(name), context / "bin" / name)
    arguments = {"BASE": debian.NODE.image, "KUBERNETES": pins.KUBERNETES, "PAUSE": pause}
    docker_client.build(context, f"{CONTAINER}:latest", arguments=arguments)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)


def _control_plane_images(references: dict[str, str], work: Path) -> list[archive.Image]:
    """Give the images kubeadm names: one binary each, kube-proxy's with iptables beside it."""
    pause, iptables = work / "pause", work / "iptables.tar"
    go_build.build_file(SOURCE / "pause" / "main.go", pause)
    docker_client.pipe(
        ["run", "--rm", "--interactive", debian.NODE.image, "sh"], source=SOURCE / "iptables.sh", target=iptables
    )
    binaries: dict[str, Path] = {"pause": pause, **{name: _binary(name) for name in pins.CONTROL_PLANE}}
    roots = {"kube-proxy": iptables}
    return [archive.Image(ref, binaries[name], roots.get(name)) for name, ref in references.items()]


def _import_images(images: Path) -> None:
    """Run containerd in the node image once, to import the control plane's images, and keep the result."""
    docker = docker_client.path()
    script = (SOURCE / "import-images.sh").read_text()
    run = ["run", "--interactive", "--privileged", "--name", CONTAINER, "--entrypoint", "sh", CONTAINER, "-c", script]
    shell.answer([docker, "rm", "--force", CONTAINER])
    try:
        docker_client.pipe(run, source=images, target=cache.log_file(CONTAINER))
        entrypoint = 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]'
        docker_client.ask("commit", "--change", entrypoint, "--change", "CMD []", CONTAINER, reference())
    finally:
        shell.answer([docker, "rm", "--force", CONTAINER])
