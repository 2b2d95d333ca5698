"""Whether the autoscaler may raise a group: not while memory alone would drive it up."""

from revrx_operator.model import ScalingMemory, Workload
from revrx_operator.plan.stabilisation import highest_wanted


def memory_is_above(workload: Workload, target_percent: int) -> bool:
    """Whether the workers use more memory than the target; what nobody measures is not above."""
    return workload.memory_percent is not None and workload.memory_percent > target_percent


def may_raise(workload: Workload | None, memory: ScalingMemory, target_percent: int) -> bool:
    """False while memory is above its target and fewer replicas are wanted than run.

    More workers bring no worker's memory down: an HPA left alone would raise such a group to its maximum and never let
    it shrink. Once suspended, it raises again when more replicas are wanted than run, not already when they are equal:
    each time it would add some of its own, and be suspended for them.
    """
    if workload is None or not memory_is_above(workload, target_percent):
        return True
    if not memory.wanted:
        return workload.autoscaler_raises
    if workload.autoscaler_raises:
        return highest_wanted(memory) >= workload.replicas
    _, wanted = memory.wanted[-1]
    return wanted > workload.replicas
