import hashlib
import io
import json
import tarfile
from pathlib import Path

from tools.kind import archive


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {member.name: content.read() for member in tar if (content := tar.extractfile(member))}


def test_an_image_is_a_layer_with_its_binary_a_config_and_a_line_in_the_manifest(tmp_path: Path) -> None:
    binary = tmp_path / "etcd"
    binary.write_bytes(b"\x7fELF")
    archive.write([archive.Image("registry.example/etcd:1", binary)], tmp_path / "images.tar")

    contents = members(tmp_path / "images.tar")
    manifest, config = json.loads(contents["manifest.json"]), json.loads(contents["etcd.json"])
    layer = contents["etcd/layer.tar"]
    assert manifest == [
        {"Config": "etcd.json", "RepoTags": ["registry.example/etcd:1"], "Layers": ["etcd/layer.tar"]},
    ]
    assert config["config"]["Entrypoint"] == ["/usr/local/bin/etcd"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]


def test_what_a_binary_needs_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "iptables").write_text("#!")
    (tmp_path / "kube-proxy").write_text("ELF")
    with tarfile.open(tmp_path / "root.tar", "w") as tar:
        tar.add(tmp_path / "iptables", "usr/sbin/iptables")
    image = archive.Image("registry.example/kube-proxy:1", tmp_path / "kube-proxy", tmp_path / "root.tar")
    archive.write([image], tmp_path / "images.tar")

    layer = io.BytesIO(members(tmp_path / "images.tar")["kube-proxy/layer.tar"])
    with tarfile.open(fileobj=layer) as inner:
        assert inner.getnames() == ["usr/sbin/iptables", "usr/local/bin/kube-proxy"]
