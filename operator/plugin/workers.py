"""A command in a worker of a pool, as ``kubectl exec`` runs it."""

from http import HTTPStatus

import click

from revrx_operator.model import Manifest
from revrx_operator.objects import has_condition
from revrx_operator.plugin.execution import CannotExecute, Ended, execute
from revrx_operator.plugin.session import Session
from revrx_operator.resources.deployment import WORKER_CONTAINER

REPORTS = "revrx-reports"


async def reports(here: Session, pool: str, *arguments: str) -> Ended:
    """What ``revrx-reports`` says in a ready worker of the pool. Raises ClickException where there is none."""
    await here.pool(pool)
    pod = await _ready_worker(here, pool)
    try:
        return await execute(here.client, (here.namespace, pod), WORKER_CONTAINER, [REPORTS, *arguments])
    except CannotExecute as error:
        raise click.ClickException(_sentence(error, here.namespace, pod)) from error


async def _ready_worker(here: Session, pool: str) -> str:
    ready = sorted(pod["metadata"]["name"] for pod in await here.worker_pods(pool) if _is_ready(pod))
    if not ready:
        raise click.ClickException(
            f"no worker of pool {pool} is ready, and it takes one to run {REPORTS}: give a pool at zero minReplicas: 1 "
            f"for so long, end a drain by kubectl revrx resume {pool}, or run {REPORTS} where DATABASE_URL is known"
        )
    return str(ready[0])


def _is_ready(pod: Manifest) -> bool:
    return "deletionTimestamp" not in pod["metadata"] and has_condition(pod.get("status", {}), "Ready")


def _sentence(error: CannotExecute, namespace: str, pod: str) -> str:
    if error.status == HTTPStatus.FORBIDDEN:
        return f"you may not run a command in pod {pod}: it takes get and create on pods/exec in namespace {namespace}"
    if "executable file not found" in str(error):
        return f"the image of pod {pod} has no {REPORTS}: its reports are not this product's"
    return f"{REPORTS} cannot be run in pod {pod}: {error}"


def words(*pairs: tuple[str, str | None]) -> list[str]:
    """Options of a command line, without those that have no value."""
    return [word for name, value in pairs if value is not None for word in (name, value)]
