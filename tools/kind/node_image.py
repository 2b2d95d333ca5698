"""Which node image a cluster is made from: the stock one wherever it is to be had, else one made on this machine."""

from dataclasses import dataclass

from tools.kind import docker_client, node_build, pins, steps
from tools.kind.report import duration, say


@dataclass(frozen=True)
class NodeImage:
    """A node image in Docker; `own` when it was made on this machine."""

    reference: str
    own: bool


def at_hand() -> NodeImage | None:
    """Give a node image that is in Docker already, or None."""
    if docker_client.image_id(pins.STOCK_NODE_IMAGE):
        return NodeImage(pins.STOCK_NODE_IMAGE, own=False)
    if node_build.there():
        return NodeImage(node_build.reference(), own=True)
    return None


def pulled() -> NodeImage | None:
    """Pull the stock image; None when that cannot be done."""
    return NodeImage(pins.STOCK_NODE_IMAGE, own=False) if docker_client.pull(pins.STOCK_NODE_IMAGE) else None


def built() -> NodeImage:
    """Make the image on this machine, going on from what earlier runs have finished."""
    todo = steps.outstanding(node_build.steps())
    length = duration(steps.expected(todo))
    say(f"building a node image with Kubernetes {pins.KUBERNETES} from source: {len(todo)} steps, about {length}")
    say("what is finished is kept: after an interruption call it again")
    steps.carry_out(node_build.steps())
    return NodeImage(node_build.reference(), own=True)


def get() -> NodeImage:
    """Give a node image by the fastest way."""
    return at_hand() or pulled() or built()
