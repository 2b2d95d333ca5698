"""Which stage the demo plays on, and why."""

from collections.abc import Callable

from tools.demo.kind import NAMESPACE, KindStage
from tools.demo.local import LocalStage
from tools.demo.reports import example_pool
from tools.demo.stage import Stage, StageError
from tools.kind import cache, commands
from tools.kind.cluster import CONTEXT
from tools.kind.report import KindError
from tools.kind.tools import at_hand

CLUSTER_TOOLS = ("kubectl", "helm")

Say = Callable[[str], None]


def choose(wanted: str, say: Say) -> Stage:
    """The stage that was asked for; ``auto`` takes kind where it is to be had soon. Raises StageError."""
    if wanted == "local":
        return _local("as asked for", say)
    if wanted == "kind":
        return _kind("as asked for", say)
    reason = _why_not_kind()
    if reason:
        return _local(f"because {reason}; make demo-kind plays on kind, whatever it takes", say)
    return _kind("because Docker runs and a node image is at hand; on this machine: make demo DEMO_ON=local", say)


def _local(why: str, say: Say) -> Stage:
    say(f"on this machine, {why}")
    say("real Redis, and the workers are local processes under the plan that the operator makes on a cluster")
    return LocalStage(example_pool())


def _kind(why: str, say: Say) -> Stage:
    say(f"on kind, {why}")
    try:
        with cache.locked("cluster"):
            commands.up()
        say(f"the workers are pods in the namespace {NAMESPACE} of {CONTEXT}; DEMO_KEEP=1 keeps it at the end")
        return KindStage(say)
    except KindError as error:
        raise StageError(f"no cluster: {error}") from error


def _why_not_kind() -> str:
    """What keeps kind from being there within a minute or two; empty where nothing does."""
    try:
        commands.check()
    except KindError as error:
        return str(error)
    missing = [name for name in CLUSTER_TOOLS if at_hand(name) is None]
    return f"no {' and no '.join(missing)} is at hand" if missing else ""
