"""``kubectl revrx failed``."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from revrx_operator.explain.columns import KUBECTL_GAP, UNKNOWN, aligned
from revrx_operator.kubeclient import Where
from revrx_operator.plugin.ages import age
from revrx_operator.plugin.options import of_cluster
from revrx_operator.plugin.session import run, session
from revrx_operator.plugin.workers import reports, words

MOST = 100

Report = Mapping[str, Any]
"""A line of ``revrx-reports failed --json``."""


@click.command(short_help="List a pool's reports that were given up, and why")
@click.argument("pool")
@click.option("--code", metavar="CODE", help="Only those that failed with this error code, such as worker_lost.")
@click.option("--most", type=click.IntRange(min=1), default=MOST, show_default=True, help="How many, the latest first.")
@click.option("-o", "--output", type=click.Choice(["json"]), help="For programs, instead of the table.")
@of_cluster
def failed(*, pool: str, code: str | None, most: int, output: str | None, where: Where) -> None:
    """List the reports of POOL that were given up, and why.

    It runs revrx-reports failed in a ready worker of the pool, as kubectl exec would.

    \b
    Examples:
      # What was given up lately
      kubectl revrx failed reports

    \b
      # What a wrong API key cost
      kubectl revrx failed reports --code api_rejected
    """
    run(_failed(pool, code, most, output, where))


async def _failed(pool: str, code: str | None, most: int, output: str | None, where: Where) -> None:
    async with session(where) as here:
        # One more than is shown tells whether there are more.
        ended = await reports(here, pool, "failed", "--json", *words(("--code", code), ("--most", str(most + 1))))
    if ended.code:
        raise click.ClickException(ended.stderr.strip().removeprefix("Error: ") or f"it ended with {ended.code}")
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    if output:
        click.echo(json.dumps(found[:most], indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo(f"No report of pool {pool} has failed{f' with {code}' if code else ''}.", err=True)
        return
    click.echo("\n".join(lines(found[:most], datetime.now(UTC))))
    if len(found) > most:
        click.echo(f"There are more; --most {most * 10} lists them.", err=True)


def lines(found: Sequence[Report], now: datetime) -> list[str]:
    """The table."""
    return aligned([("ID", "AGE", "CODE", "MESSAGE"), *(_row(report, now) for report in found)], gap=KUBECTL_GAP)


def _row(report: Report, now: datetime) -> tuple[str, ...]:
    finished = report["finished_at"]
    ago = age((now - datetime.fromisoformat(finished)).total_seconds()) if finished else UNKNOWN
    return report["id"], ago, report["error_code"] or UNKNOWN, " ".join((report["error_message"] or UNKNOWN).split())
