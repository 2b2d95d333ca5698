"""``kubectl revrx drain``."""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import click

from revrx_operator.kubeclient import Where
from revrx_operator.model import Manifest
from revrx_operator.plugin.ages import Duration, age
from revrx_operator.plugin.left import Left, find_left, report
from revrx_operator.plugin.options import of_cluster, operator_namespace
from revrx_operator.plugin.session import Session, full_name, run, session

LOOK_SECONDS = 1.0


@click.command(short_help="Let a pool's workers finish and go, and start none")
@click.argument("pool")
@click.option("--group", metavar="NAME", help="Only this worker group.")
@click.option(
    "--timeout",
    type=Duration(),
    default="10m",
    show_default=True,
    metavar="DURATION",
    help="How long to wait for the last worker, such as 90s or 10m; 0: as long as it takes.",
)
@click.option(
    "--wait/--no-wait", default=True, show_default=True, help="Return when the last worker has gone, or at once."
)
@of_cluster
@operator_namespace
def drain(*, pool: str, group: str | None, timeout: float, wait: bool, where: Where, operator_namespace: str) -> None:
    """Let the workers of POOL finish what they run and take nothing new, until none is left; for maintenance.

    Nothing is interrupted and nothing is lost: what waits stays in its queues until kubectl revrx resume. Drain before
    Redis goes away, not after: workers are asked through it whether they are done.

    Ends with 0 when the last worker has gone, and with 1 after --timeout, naming the workers that are left. The drain
    goes on even then.

    \b
    Examples:
      # Empty pool reports before its database is upgraded
      kubectl revrx drain reports

    \b
      # Only worker group urgent; give up waiting after half an hour
      kubectl revrx drain reports --group urgent --timeout 30m
    """
    patience = (timeout or math.inf) if wait else None
    run(_drain(Order(pool, group, patience, operator_namespace), where))


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be drained, and how long to wait for it."""

    pool: str
    group: str | None
    """None is all of them."""
    patience: float | None
    """Seconds; None does not wait at all."""
    operator_namespace: str

    @property
    def what(self) -> str:
        """As kubectl names what it has changed."""
        return full_name(self.pool, self.group)


async def _drain(order: Order, where: Where) -> None:
    async with session(where) as here:
        pool = await here.pool(order.pool)
        if operations := to_drain(pool, order.group):
            pool = await here.change(order.pool, operations)
        click.echo(f"{order.what} {'drains' if operations else 'is drained already'}")
        if order.patience is not None:
            await _see_through(here, pool, order, order.patience)


async def _see_through(here: Session, pool: Manifest, order: Order, patience: float) -> None:
    goes_on = f"The drain goes on; kubectl revrx resume {order.pool} ends it"
    try:
        left = await _wait(here, pool, order, time.monotonic() + patience)
    except asyncio.CancelledError:  # Ctrl-C
        click.echo(goes_on, err=True)
        raise
    if left.is_nothing:
        click.echo(f"{order.what} has no worker left; kubectl revrx resume {order.pool} brings them back")
        return
    if left.pods:
        click.echo(await report(here, left, order.operator_namespace), err=True)
    raise click.ClickException(f"{order.pool} is not drained within {age(patience)}: {left.why}. {goes_on}")


def to_drain(pool: Manifest, group: str | None) -> list[Manifest]:
    """The JSON Patch that drains the pool, or one group; nothing where that is asked for already.

    Raises ClickException where there is no such group.
    """
    spec = pool["spec"]
    if group is not None:
        _check(group, [entry["name"] for entry in spec["workers"]], pool["metadata"]["name"])
    if spec.get("drained"):
        return []
    if group is None:
        return [{"op": "add", "path": "/spec/drained", "value": True}]
    drained = spec.get("drainedGroups", [])
    if group in drained:
        return []
    as_read = [{"op": "test", "path": "/spec/drainedGroups", "value": drained}] if drained else []
    return [*as_read, {"op": "add", "path": "/spec/drainedGroups", "value": [*drained, group]}]


def _check(group: str, names: Sequence[str], pool: str) -> None:
    if group not in names:
        raise click.ClickException(f"pool {pool} has no worker group {group}; there is {', '.join(names)}")


async def _wait(here: Session, pool: Manifest, order: Order, deadline: float) -> Left:
    """Until the last worker has gone or the deadline has come, with a line whenever something has changed."""
    told = ""
    while True:
        left = await find_left(here, pool, order.group, order.operator_namespace)
        if left.is_nothing or time.monotonic() >= deadline:
            return left
        if left.why != told:
            told = left.why
            click.echo(f"Waiting for {order.pool}: {told}")
        await asyncio.sleep(min(LOOK_SECONDS, max(0.0, deadline - time.monotonic())))
