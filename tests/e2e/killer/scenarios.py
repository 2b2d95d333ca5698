"""The seven scenarios: what is special about the pool, and what happens while it shrinks."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import NamedTuple

from tests.e2e.killer.stage import KILL_REDIS
from tests.e2e.killer.subject import WORKERS, Subject, ours
from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import POOL, condition
from tests.e2e.release import NAMESPACE as OPERATOR_NAMESPACE
from tests.e2e.release import OPERATOR_PODS
from tests.e2e.waiting import eventually
from tools.kind import addons


class Disturbance(NamedTuple):
    """Something that happens within a time, in seconds after the queue was emptied; when exactly is drawn anew."""

    earliest: float
    latest: float
    act: Callable[[Kubectl], None]


@dataclass(frozen=True)
class Scenario:
    """One kind of round."""

    name: str
    summary: str
    subject: Callable[[str], Subject] = lambda _: ours()
    """What is under test in the namespace of that name."""
    pods: int = WORKERS
    """Wanted when the queue is emptied; ten of them are Ready then."""
    disturbances: tuple[Disturbance, ...] = ()
    may_start_again: bool = False
    """Celery may start a task once more when it loses Redis."""
    replaces_pods: bool = False
    """The pods of the template that stood when the queue was emptied are told to stop, busy or not."""
    promises: bool = True
    """What is counted is held against what the operator promises; not so where somebody else scales."""
    rest_seconds: float = 5.0
    """The pool has to stay at its minimum for so long."""
    expects: Callable[[Kubectl], str] = lambda _: ""
    """What else does not hold in the end, as a sentence."""
    cluster: Callable[[], AbstractContextManager[None]] = nullcontext
    """What the cluster has to have for all of its rounds."""
    node: Callable[[Kubectl], AbstractContextManager[None]] = lambda _: nullcontext()
    """What the node has to have for a namespace."""


def _kill_redis(kubectl: Kubectl) -> None:
    kubectl.execute("redis", *KILL_REDIS)


def _kill_operator(kubectl: Kubectl) -> None:
    operator = Kubectl(kubectl.context, OPERATOR_NAMESPACE)
    operator("delete", "pods", f"--selector={OPERATOR_PODS}", "--force", "--grace-period=0", "--wait=false")


def _roll_out(kubectl: Kubectl) -> None:
    change = '[{"op": "add", "path": "/spec/env/-", "value": {"name": "REVISION", "value": "2"}}]'
    kubectl("patch", "rwp", POOL, "--type=json", f"--patch={change}")


def _lower_the_maximum(kubectl: Kubectl) -> None:
    change = '[{"op": "replace", "path": "/spec/workers/0/scaling/maxReplicas", "value": 2}]'
    kubectl("patch", "rwp", POOL, "--type=json", f"--patch={change}")


def _slot(namespace: str) -> str:
    """A resource of the node that each worker of the namespace takes one of."""
    return f"killer.revrx.io/{namespace}"


@contextmanager
def _ten_slots(kubectl: Kubectl) -> Iterator[None]:
    """Half of the twenty workers that are wanted find no place."""
    (node,) = kubectl("get", "nodes", "--output=name").split()
    pointers = [f"/status/{part}/{_slot(kubectl.namespace).replace('/', '~1')}" for part in ("capacity", "allocatable")]

    def patch(operations: list[str]) -> None:
        kubectl("patch", node, "--subresource=status", "--type=json", f"--patch=[{', '.join(operations)}]")

    patch([f'{{"op": "add", "path": "{pointer}", "value": "{WORKERS}"}}' for pointer in pointers])
    try:
        yield
    finally:
        patch([f'{{"op": "remove", "path": "{pointer}"}}' for pointer in pointers])


@contextmanager
def _metrics_server() -> Iterator[None]:
    was_there = addons.is_installed("metrics-server")
    addons.install("metrics-server")
    try:
        yield
    finally:
        if not was_there:
            addons.remove("metrics-server")


def _memory_is_above_target(kubectl: Kubectl) -> str:
    try:
        eventually(
            lambda: condition(kubectl, "MemoryAboveTarget").get("status"),
            lambda status: status == "True",
            "",
            within=30,
        )
    except AssertionError:
        return "the pool does not say MemoryAboveTarget"
    return ""


ALL = (
    Scenario("plain", "nothing else happens"),
    Scenario(
        "redis-restart",
        "Redis is killed and comes back with its data",
        disturbances=(Disturbance(3, 20, _kill_redis),),
        may_start_again=True,
    ),
    Scenario(
        "operator-killed",
        "the operator is killed five times",
        disturbances=tuple(Disturbance(after, after + 8, _kill_operator) for after in (0.5, 8, 16, 24, 40)),
    ),
    Scenario(
        "half-pending",
        "twenty workers are wanted and ten of them find no place",
        subject=lambda namespace: ours(scaling={"maxReplicas": 2 * WORKERS}, limits={_slot(namespace): "1"}),
        pods=2 * WORKERS,
        node=_ten_slots,
    ),
    Scenario(
        "rollout",
        "the pool's environment is changed",
        disturbances=(Disturbance(3, 15, _roll_out),),
        replaces_pods=True,
    ),
    Scenario("max-lowered", "maxReplicas becomes 2", disturbances=(Disturbance(0, 3, _lower_the_maximum),)),
    Scenario(
        "memory-high",
        "memory is over its target all the time",
        subject=lambda _: ours(scaling={"memoryUtilization": 1, "cpuUtilization": 1000}),
        rest_seconds=45.0,  # three looks of the HPA
        expects=_memory_is_above_target,
        cluster=_metrics_server,
    ),
)
BY_NAME = {scenario.name: scenario for scenario in ALL}
