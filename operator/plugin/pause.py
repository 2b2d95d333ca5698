"""``kubectl revrx pause``."""

import click

from revrx_operator.kubeclient import Where
from revrx_operator.plugin.options import of_cluster
from revrx_operator.plugin.session import full_name, run, session


@click.command(short_help="Hold a pool's replicas where they are")
@click.argument("pool")
@of_cluster
def pause(*, pool: str, where: Where) -> None:
    """Hold the replicas of POOL where they are.

    Whatever waits, and whatever CPU and memory say, no worker is started and none is taken away. The workers that are
    there go on working; rollouts and repairs of the pool's objects go on as well.

    \b
    Examples:
      # Keep the workers of pool reports as many as they are
      kubectl revrx pause reports
    """
    run(_pause(pool, where))


async def _pause(name: str, where: Where) -> None:
    async with session(where) as here:
        pool = await here.pool(name)
        if pool["spec"].get("paused"):
            click.echo(f"{full_name(name)} is paused already")
            return
        pool = await here.change(name, [{"op": "add", "path": "/spec/paused", "value": True}])
    click.echo(f"{full_name(name)} paused")
    if pool["spec"].get("drained"):
        click.echo("It is drained too, which goes before: its workers still finish and go.", err=True)
    else:
        click.echo(f"Its replicas stay as many as they are until kubectl revrx resume {name}.", err=True)
