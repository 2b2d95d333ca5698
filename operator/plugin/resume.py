"""``kubectl revrx resume``."""

import click

from revrx_operator.kubeclient import Where
from revrx_operator.model import Manifest
from revrx_operator.plugin.options import of_cluster
from revrx_operator.plugin.session import full_name, run, session


@click.command(short_help="Let a pool scale again after pause or drain")
@click.argument("pool")
@click.option("--group", metavar="NAME", help="Only this worker group, after drain --group.")
@of_cluster
def resume(*, pool: str, group: str | None, where: Where) -> None:
    """Let POOL scale again: the end of pause and of drain.

    Its replicas follow the queues at once. Workers that were to go and are still there get their queues back.

    \b
    Examples:
      # The maintenance is over
      kubectl revrx resume reports

    \b
      # Only worker group urgent, the others stay drained
      kubectl revrx resume reports --group urgent
    """
    run(_resume(pool, group, where))


async def _resume(name: str, group: str | None, where: Where) -> None:
    async with session(where) as here:
        pool = await here.pool(name)
        operations = of_pool(pool) if group is None else of_group(pool, group)
        if operations:
            await here.change(name, operations)
    what = full_name(name, group)
    click.echo(f"{what} resumed" if operations else f"{what} is neither paused nor drained")


def of_pool(pool: Manifest) -> list[Manifest]:
    """The JSON Patch that ends pause and drain; nothing where neither is asked for."""
    operations: list[Manifest] = [{"op": "add", "path": f"/spec/{field}", "value": False} for field in _asked(pool)]
    if pool["spec"].get("drainedGroups"):
        operations.append({"op": "remove", "path": "/spec/drainedGroups"})
    return operations


def of_group(pool: Manifest, group: str) -> list[Manifest]:
    """The JSON Patch that ends the drain of one group. Raises ClickException where the whole pool is drained."""
    if asked := _asked(pool):
        name = pool["metadata"]["name"]
        raise click.ClickException(f"the whole pool {name} is {asked[-1]}; kubectl revrx resume {name}")
    drained = pool["spec"].get("drainedGroups", [])
    if group not in drained:
        return []
    left = [entry for entry in drained if entry != group]
    return [
        {"op": "test", "path": "/spec/drainedGroups", "value": drained},
        {"op": "replace", "path": "/spec/drainedGroups", "value": left},
    ]


def _asked(pool: Manifest) -> list[str]:
    """What was asked of the whole pool, by its field."""
    return [field for field in ("paused", "drained") if pool["spec"].get(field)]
