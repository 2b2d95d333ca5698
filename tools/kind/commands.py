"""What the command line offers."""

import time
from pathlib import Path

from tools.kind import cluster, docker_client, docker_engine, node_image, pins, project_images
from tools.kind.report import KindError, duration, say
from tools.kind.tools import ON_PATH, at_hand
from tools.kind.tools import tool as path_of


def up() -> None:
    """Bring the cluster up with the project's images in it; does only what is missing."""
    began = time.monotonic()
    docker_engine.ensure()
    if not _stands():
        image = node_image.get()
        cluster.create(image.reference, own_node_image=image.own)
    project_images.make()
    loaded = cluster.load(project_images.NAMES)
    if not loaded:
        say("the images in the cluster are up to date")
    kubectl = at_hand("kubectl") or Path("kubectl")
    say(f"up in {duration(time.monotonic() - began)}: {kubectl} --context {cluster.CONTEXT} get pods -A")


def _stands() -> bool:
    """Say whether the cluster is there and answers; one that does not is deleted."""
    if not cluster.exists():
        return False
    if cluster.answers():
        return True
    say(f"cluster {cluster.NAME} does not answer: making it anew")
    cluster.delete()
    return False


def down() -> None:
    """Delete the cluster; without a container engine there is none."""
    if docker_client.engine_runs() and at_hand("kind") is not None and cluster.exists():
        cluster.delete()
        say(f"cluster {cluster.NAME} deleted")
    else:
        say(f"there is no cluster {cluster.NAME}")


def images() -> None:
    """Bring the project's images up to date."""
    docker_engine.ensure()
    project_images.make()
    say(f"up to date: {', '.join(project_images.NAMES)}")


def status() -> None:
    """Say what is there, without starting or building anything."""
    for name in ON_PATH:
        _line(name, at_hand(name) or "missing; built when needed")
    if not docker_client.engine_runs():
        _line("docker", "no container engine answers")
        return
    _line("docker", docker_client.path())
    image = node_image.at_hand()
    _line("node image", image.reference if image else "none at hand")
    for name in project_images.NAMES:
        _line(name, docker_client.image_id(name) or "not built")
    there = at_hand("kind") is not None and cluster.exists()
    _line("cluster", cluster.ready_nodes() if there else f"no cluster {cluster.NAME}")


def _line(what: str, text: object) -> None:
    print(f"{what:20}{text}")


def check() -> None:
    """Raise KindError with the reason unless a cluster can be had without the offline build."""
    if not docker_client.engine_runs():
        raise KindError("no container engine answers")
    if at_hand("kind") is None:
        raise KindError(f"no kind near {pins.KIND} is at hand")
    if not (cluster.exists() or node_image.at_hand() or node_image.pulled()):
        raise KindError("no node image is at hand or can be pulled")
    say("Docker runs and a node image is at hand")


def stop_docker() -> None:
    """Stop the dockerd that an earlier run started."""
    docker_engine.stop()


def tool(name: str) -> None:
    """Print the path of a tool."""
    print(path_of(name))
