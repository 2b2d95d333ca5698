"""Debian root file systems for images, where no base image can be pulled."""

import hashlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.kind import cache, docker_client, packages, shell
from tools.kind.report import KindError
from tools.kind.steps import Step

KEY_LABEL = "io.revrx.key"
LEFT_OUT = (
    "var/cache/apt",
    "var/lib/apt/lists",
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/i18n",
)


@dataclass(frozen=True)
class Base:
    """A base image made by debootstrap; its cached tar is named after the suite and `name`."""

    image: str
    suite: str
    name: str
    packages: tuple[str, ...]
    seconds: int

    @property
    def key(self) -> str:
        """A digest of what it is made of."""
        return hashlib.sha256(repr((self.suite, self.packages, LEFT_OUT)).encode()).hexdigest()[:12]

    @property
    def tar(self) -> Path:
        """Its root file system in the cache."""
        return cache.directory("rootfs") / f"{self.suite}-{self.name}-{self.key}.tar"

    def there(self) -> bool:
        """Say whether the image is in Docker as it would be made now."""
        return docker_client.label(self.image, KEY_LABEL) == self.key


# What kind's base image installs (images/base/Dockerfile), then runc and the CNI plugins, which it builds from source.
NODE_PACKAGES = (
    *("systemd", "conntrack", "iptables", "nftables", "iproute2", "ethtool", "util-linux", "mount", "kmod"),
    *("libseccomp2", "pigz", "bash", "ca-certificates", "curl", "jq", "procps", "e2fsprogs"),
    *("runc", "containernetworking-plugins"),
)
NODE = Base("revrx/debian-node:bookworm", "bookworm", "node", NODE_PACKAGES, 60)
SERVERS = Base("revrx/debian:bookworm", "bookworm", "minimal", ("ca-certificates",), 40)
PYTHON = Base(
    "revrx/python:3.13", "trixie", "python", ("python3", "python3-venv", "python-is-python3", "ca-certificates"), 50
)


def mirror(sources: str) -> str | None:
    """Give the Debian archive that apt's sources (both formats) name first, or None."""
    lines = [line for line in sources.splitlines() if re.match(r"\s*(deb\s|URIs:)", line)]
    found = re.search(r"\bhttps?://\S+/debian/?(?=\s|$)", "\n".join(lines))
    return found[0].rstrip("/") if found else None


def _sources() -> str:
    etc = Path("/etc/apt")
    files = [etc / "sources.list", *sorted(etc.glob("sources.list.d/*"))]
    return "\n".join(file.read_text(errors="replace") for file in files if file.is_file())


def _bootstrap(base: Base) -> None:
    """Make the root file system and keep it as a tar, unless another run does so meanwhile."""
    if not packages.may_install():
        raise KindError(
            f"{base.image} cannot be made: debootstrap needs root on Debian; "
            "run this as root, or where images can be pulled"
        )
    packages.ensure(["debootstrap"], ["debootstrap"], "base images")
    with cache.locked(f"rootfs-{base.suite}-{base.name}"):
        if not base.tar.exists():
            _make_tar(base)


def _make_tar(base: Base) -> None:
    root = Path(tempfile.mkdtemp(prefix="root-", dir=cache.directory("rootfs")))
    try:
        include = f"--include={','.join(base.packages)}"
        command: list[str | Path] = ["debootstrap", "--variant=minbase", include, base.suite, root]
        if source := mirror(_sources()):
            command.append(source)
        shell.run(command, log=f"debootstrap-{base.suite}-{base.name}")
        with cache.written_whole(base.tar) as tar:
            left_out = [f"--exclude=./{path}/*" for path in LEFT_OUT]
            shell.output(["tar", "-C", root, *left_out, "-cf", tar, "."])
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _import(base: Base) -> None:
    docker_client.ask("import", "--change", f"LABEL {KEY_LABEL}={base.key}", str(base.tar), base.image)


def steps(base: Base) -> list[Step]:
    """Give the making of a base image."""
    return [
        Step(
            f"bootstrap Debian {base.suite} ({base.name})",
            base.seconds,
            lambda: _bootstrap(base),
            done=lambda: base.there() or base.tar.exists(),
        ),
        Step(f"import {base.image}", 5, lambda: _import(base), done=base.there),
    ]
