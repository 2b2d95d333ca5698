"""The images that run in the cluster: the project's own, and the Redis and PostgreSQL that it is tried out with."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.kind import debian, docker_client, pip_settings
from tools.kind.cache import REPOSITORY
from tools.kind.steps import Step, carry_out

STOCK_PYTHON = "python:3.13-slim"
INPUTS_LABEL = "io.revrx.inputs"
NOT_INPUTS = ("__pycache__", ".egg-info")


@dataclass(frozen=True)
class Built:
    """An image that is built from this repository's root; `inputs` are what its Dockerfile copies."""

    image: str
    dockerfile: str
    inputs: tuple[str, ...]
    seconds: int


@dataclass(frozen=True)
class Server:
    """A public image, or its stand-in built on Debian from `images/NAME` where no registry can be reached."""

    image: str
    stock: str
    name: str
    seconds: int


BUILT = (
    Built(
        "revrx/operator:dev",
        "operator/Dockerfile",
        ("pyproject.toml", "src", "operator", "requirements/build.txt", "requirements/operator.txt"),
        40,
    ),
    Built(
        "revrx/worker:dev",
        "worker/Dockerfile",
        (
            "worker/Dockerfile",
            "worker/app",
            "worker/pyproject.toml",
            "worker/revrx-worker",
            "requirements/build.txt",
            "requirements/worker.txt",
        ),
        90,
    ),
)
SERVERS = (
    Server("revrx/redis:dev", "redis:7", "redis", 20),
    Server("revrx/postgres:dev", "postgres:15", "postgres", 40),
)
NAMES = [image.image for image in (*BUILT, *SERVERS)]


def key(root: Path, inputs: Iterable[str], base: str) -> str:
    """Give a digest of everything an image is made of: names, modes and contents of files, and the base image's ID."""
    digest = hashlib.sha256(base.encode())
    for file in (file for name in inputs for file in _files(root / name)):
        digest.update(f"\0{file.relative_to(root)}\0{file.stat().st_mode:o}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:24]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    inside = (file for file in path.rglob("*") if file.is_file())
    return sorted(file for file in inside if not any(mark in str(file.relative_to(path)) for mark in NOT_INPUTS))


def make() -> None:
    """Bring every image up to date."""
    base = _python_base()
    carry_out([_built_step(image, base) for image in BUILT])
    for server in SERVERS:
        _make_server(server)


def _python_base() -> str:
    """Give the Python image to build on: what is at hand, else pulled, else made from Debian."""
    if docker_client.image_id(STOCK_PYTHON):
        return STOCK_PYTHON
    if not debian.PYTHON.there() and docker_client.pull(STOCK_PYTHON):
        return STOCK_PYTHON
    carry_out(debian.steps(debian.PYTHON))
    return debian.PYTHON.image


def _built_step(image: Built, base: str) -> Step:
    inputs = key(REPOSITORY, image.inputs, docker_client.image_id(base) or "")

    def build() -> None:
        docker_client.build(
            REPOSITORY,
            image.image,
            dockerfile=REPOSITORY / image.dockerfile,
            arguments={"BASE": base},
            labels={INPUTS_LABEL: inputs},
            secrets=pip_settings.secrets(),
        )

    return Step(f"build {image.image}", image.seconds, build, done=lambda: _is_from(image.image, inputs))


def _make_server(server: Server) -> None:
    """Tag the public image when it is at hand or can be pulled; else build the stand-in."""
    place = Path(__file__).parent / "images" / server.name
    inputs = key(place, ["."], debian.SERVERS.key)
    if _is_from(server.image, inputs):
        return
    if docker_client.image_id(server.stock) or docker_client.pull(server.stock):
        docker_client.ask("tag", server.stock, server.image)
        return

    def build() -> None:
        arguments = {"BASE": debian.SERVERS.image}
        docker_client.build(place, server.image, arguments=arguments, labels={INPUTS_LABEL: inputs})

    carry_out([*debian.steps(debian.SERVERS), Step(f"build {server.image} on Debian", server.seconds, build)])


def _is_from(image: str, inputs: str) -> bool:
    return docker_client.label(image, INPUTS_LABEL) == inputs
