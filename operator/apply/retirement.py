"""Giving workers back, and telling those that are to go; the same on a cluster and on this machine."""

import logging
from collections.abc import Awaitable, Callable

from revrx_operator.control import RemoteControl
from revrx_operator.model import ClusterView, Plan, PodMark

log = logging.getLogger(__name__)

Mark = Callable[[PodMark], Awaitable[bool]]
"""Marks a pod, or takes its mark off; False where the pod is gone."""


async def carry_out_retirement(plan: Plan, view: ClusterView, remote: RemoteControl, mark: Mark) -> frozenset[str]:
    """Do what the plan says of restores, marks and cancels; returns the pods whose workers take nothing new.

    What is marked is in the cluster before its worker is told, and a worker has its queues back before it is unmarked:
    whoever is interrupted in between leaves a mark that tells the next run what was under way.
    """
    await _restore(plan, view, remote, mark)
    gone = {write.pod for write in plan.marks if not await mark(write)}
    told = [worker for worker in plan.cancels if worker.pod not in gone]
    cancelled = await remote.cancel(view.broker, told)
    for name in sorted(cancelled):
        log.info("%s: the worker of %s takes nothing new", view.key, name)
    return cancelled


async def _restore(plan: Plan, view: ClusterView, remote: RemoteControl, mark: Mark) -> None:
    confirmed = await remote.resume(view.broker, [restore.worker for restore in plan.restores])
    for restore in plan.restores:
        if restore.worker.pod in confirmed:
            if restore.unmark is not None:
                await mark(restore.unmark)
            log.info("%s: the worker of %s takes tasks again", view.key, restore.worker.pod)
