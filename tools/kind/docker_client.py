"""The docker command: which client to call, and what is asked of it."""

import functools
import os
import re
import select
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.kind import shell
from tools.kind.report import KindError, say
from tools.kind.versions import parse

BUILDKIT = {"DOCKER_BUILDKIT": "1"}
FIRST_CLIENT_WITHOUT_BUILDKIT = 23
"""From this major version on `docker build` asks for the buildx plugin; before, BuildKit is part of the client."""
PULL_SILENCE = 15.0
"""Seconds in which a registry has to answer at all; then the download may take its time."""


@dataclass(frozen=True)
class Client:
    """A docker command found on this machine."""

    path: str
    version: str
    buildx: bool

    @property
    def builds(self) -> bool:
        """Whether it can build with BuildKit, which build secrets need."""
        found = parse(self.version)
        return self.buildx or (found is not None and found[0] < FIRST_CLIENT_WITHOUT_BUILDKIT)


def choose(clients: Iterable[Client]) -> Client | None:
    """Take the first client on PATH that can build, else the first."""
    found = list(clients)
    return next((client for client in found if client.builds), found[0] if found else None)


def _clients() -> Iterable[Client]:
    for directory in dict.fromkeys(os.environ.get("PATH", "").split(os.pathsep)):
        path = Path(directory) / "docker"
        if not os.access(path, os.X_OK):
            continue
        version = shell.answer([path, "--version"])
        if version is not None:
            yield Client(str(path), version, buildx=shell.answer([path, "buildx", "version"]) is not None)


@functools.cache
def client() -> Client | None:
    """Give the client to call on this machine."""
    return choose(_clients())


def engine_runs() -> bool:
    """Say whether a container engine answers."""
    found = client()
    return found is not None and shell.answer([found.path, "info", "--format", "{{.ServerVersion}}"]) is not None


def path() -> str:
    """Give the path of the client; raise KindError when there is none."""
    found = client()
    if found is None:
        raise KindError("no docker command is on PATH; install Docker (on Debian: apt-get install docker.io)")
    return found.path


def environment() -> dict[str, str]:
    """Give the environment for a program that calls docker itself: it finds the same client."""
    return {"PATH": f"{Path(path()).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def ask(*arguments: str) -> str:
    """Give what a short docker command prints."""
    return shell.output([path(), *arguments])


def pipe(arguments: Sequence[str], *, source: Path, target: Path) -> None:
    """Run docker from one file to another."""
    with source.open("rb") as stdin, target.open("wb") as stdout:
        done = subprocess.run([path(), *arguments], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise KindError(
            f"docker {arguments[0]} failed ({done.returncode}): {done.stderr.decode(errors='replace')[-2000:]}"
        )


def save_into(images: Sequence[str], command: Sequence[str]) -> None:
    """Feed images, as `docker save` writes them, to a command."""
    with subprocess.Popen([path(), "save", *images], stdout=subprocess.PIPE) as save:
        done = subprocess.run(command, stdin=save.stdout, capture_output=True, text=True, check=False)
    if save.returncode or done.returncode:
        raise KindError(
            f"{' '.join(images)} cannot be loaded ({save.returncode}, {done.returncode}): {done.stderr[-2000:]}"
        )


def image_id(image: str) -> str | None:
    """Give the ID of a local image, or None."""
    return shell.answer([path(), "image", "inspect", "--format", "{{.Id}}", image])


def label(image: str, name: str) -> str | None:
    """Give a label of a local image, or None."""
    return shell.answer([path(), "image", "inspect", "--format", f'{{{{index .Config.Labels "{name}"}}}}', image])


def build(
    directory: Path,
    tag: str,
    *,
    dockerfile: Path | None = None,
    arguments: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    secrets: Mapping[str, Path] | None = None,
) -> None:
    """Build an image with BuildKit.

    The machine's proxy settings go along: Docker knows these arguments and keeps them out of the image.
    """
    proxies = [name for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY") if name in os.environ]
    command: list[str | Path] = [path(), "build", "--progress=plain", "--tag", tag]
    command += ["--file", dockerfile or directory / "Dockerfile"]
    for key, value in (arguments or {}).items():
        command += ["--build-arg", f"{key}={value}"]
    for name in proxies:
        command += ["--build-arg", name]
    for key, value in (labels or {}).items():
        command += ["--label", f"{key}={value}"]
    for key, source in (secrets or {}).items():
        command += ["--secret", f"id={key},src={source}"]
    shell.run([*command, directory], log=f"image-{tag}", env=BUILDKIT)


_unreachable: list[str] = []


def pull(image: str) -> bool:
    """Pull an image; False, saying why, when its registry does not answer soon or refuses.

    A registry that did not answer is not asked again in this run.
    """
    if _unreachable:
        return False
    say(f"pulling {image}")
    with subprocess.Popen(
        [path(), "pull", image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        complaint = _follow_pull(process)
    if process.returncode == 0:
        return True
    if not re.search(r"manifest unknown|not found|denied|unauthorized", complaint):
        _unreachable.append(image)
    say(f"{image} cannot be pulled: {complaint or 'its registry does not answer'}")
    return False


def _follow_pull(process: "subprocess.Popen[str]") -> str:
    """Wait for the end of a pull and give its last line; end it when the registry says nothing at all."""
    stream = process.stdout
    if stream is None:
        return ""
    began = time.monotonic()
    ready, _, _ = select.select([stream], [], [], PULL_SILENCE)
    if not ready:
        process.terminate()
        return f"no answer in {time.monotonic() - began:.0f} s"
    return (stream.read().strip().splitlines() or [""])[-1]
