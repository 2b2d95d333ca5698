"""FlowerReady: whether Flower can be entered. Workers do without it, and so does Ready."""

from revrx_operator.model import Manifest, PoolSnapshot
from revrx_operator.objects import find_condition
from revrx_operator.plan.children import workload_of
from revrx_operator.plan.conditions import Condition
from revrx_operator.plan.flower import FlowerPlan
from revrx_operator.resources.flower import PORT
from revrx_operator.resources.names import flower_name


def flower_ready(snapshot: PoolSnapshot, plan: FlowerPlan) -> Condition | None:
    """None where nobody asks for Flower."""
    if not plan.is_wanted:
        return None
    name = flower_name(snapshot.view.key.name)
    if plan.obstacle:
        return _not_ready(plan.obstacle.code, plan.obstacle.message)
    if name in snapshot.refusals:
        return _not_ready("Refused", snapshot.refusals[name])
    if plan.deployment is None:
        return _not_ready("Starting", "Flower is being created")
    return _as_it_runs(plan.deployment, name)


def _as_it_runs(deployment: Manifest, name: str) -> Condition:
    workload = workload_of(deployment, None)
    if workload.replicas == 0:
        return _not_ready("Stopped", f"somebody has stopped it; kubectl scale deployment/{name} --replicas=1")
    if workload.ready and not workload.rolling:
        text = f"kubectl port-forward service/{name} {PORT} leads to it, at http://localhost:{PORT}"
        return Condition("FlowerReady", True, "PodReady", text)
    if workload.rolling or _is_starting(deployment):
        return _not_ready("Starting", "its pod is starting")
    text = (
        f"its pod is not ready; kubectl logs deployment/{name}, or kubectl describe, tells why. Where that is "
        "\"No such command 'flower'\", install flower into the image, or name one that has it in spec.flower.image"
    )
    return _not_ready("PodNotReady", text)


def _is_starting(deployment: Manifest) -> bool:
    """A first pod is on its way, and its Deployment has not lost patience yet.

    Reasons: Kubernetes, pkg/controller/deployment/util/deployment_util.go.
    """
    progress = find_condition(deployment.get("status", {}), "Progressing")
    return progress is None or (progress["status"] == "True" and progress["reason"] != "NewReplicaSetAvailable")


def _not_ready(reason: str, message: str) -> Condition:
    return Condition("FlowerReady", False, reason, message)
