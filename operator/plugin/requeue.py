"""``kubectl revrx requeue``."""

import sys

import click

from revrx_operator.kubeclient import Where
from revrx_operator.plugin.options import of_cluster
from revrx_operator.plugin.session import run, session
from revrx_operator.plugin.workers import reports, words


@click.command(short_help="Have reports made again that were given up")
@click.argument("pool")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--code", metavar="CODE", help="All that failed with this error code.")
@click.option("--all", "everything", is_flag=True, help="All that failed.")
@of_cluster
def requeue(*, pool: str, ids: tuple[str, ...], code: str | None, everything: bool, where: Where) -> None:
    """Have reports of POOL made again that were given up: those of these IDs, of an error code, or all.

    It runs revrx-reports requeue in a ready worker of the pool, as kubectl exec would, and ends with its exit code: 1
    where an ID is not that of a failed report. What an API has answered already is not paid for again.

    \b
    Examples:
      # Two reports that kubectl revrx failed has listed
      kubectl revrx requeue reports 2026-0117 2026-0118

    \b
      # Whatever failed because the API key was wrong
      kubectl revrx requeue reports --code api_rejected
    """
    if sum((bool(ids), code is not None, everything)) != 1:
        raise click.UsageError("give IDs, or --code, or --all")
    which = ["--all"] if everything else ["--", *ids] if ids else words(("--code", code))
    run(_requeue(pool, which, where))


async def _requeue(pool: str, which: list[str], where: Where) -> None:
    async with session(where) as here:
        ended = await reports(here, pool, "requeue", *which)
    click.echo(ended.stdout, nl=False)
    click.echo(ended.stderr, nl=False, err=True)
    sys.exit(ended.code)
