"""Images of one layer, written as the archive that `docker save` writes and `ctr images import` reads.

Format: Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format".
"""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
SEARCH_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Image:
    """An image that holds one static binary in /usr/local/bin, its entrypoint, on top of what a tar holds."""

    reference: str
    binary: Path
    root: Path | None = None


def write(images: Iterable[Image], archive: Path) -> None:
    """Write the images into one archive."""
    manifest = []
    with tarfile.open(archive, "w") as tar:
        for image in images:
            name = image.binary.name
            layer = archive.with_name(f"{name}.layer")
            _write_layer(image, layer)
            digest = _sha256(layer)
            config = _config(digest, f"/usr/local/bin/{name}")
            tar.add(layer, f"{name}/layer.tar")
            _add_bytes(tar, f"{name}.json", config)
            layer.unlink()
            manifest.append({"Config": f"{name}.json", "RepoTags": [image.reference], "Layers": [f"{name}/layer.tar"]})
        _add_bytes(tar, "manifest.json", json.dumps(manifest).encode())


def _write_layer(image: Image, layer: Path) -> None:
    with tarfile.open(layer, "w") as tar:
        if image.root:
            _copy_members(image.root, tar)
        with image.binary.open("rb") as binary:
            entry = tarfile.TarInfo(f"usr/local/bin/{image.binary.name}")
            entry.size, entry.mode = image.binary.stat().st_size, 0o755
            tar.addfile(entry, binary)


def _copy_members(source: Path, target: tarfile.TarFile) -> None:
    with tarfile.open(source) as tar:
        for member in tar:
            target.addfile(member, tar.extractfile(member) if member.isfile() else None)


def _config(layer_digest: str, entrypoint: str) -> bytes:
    machine = platform.machine()
    config = {
        "architecture": ARCHITECTURES.get(machine, machine),
        "os": "linux",
        "config": {"Entrypoint": [entrypoint], "Env": [SEARCH_PATH]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
    }
    return json.dumps(config).encode()


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))
