"""``kubectl revrx explain``, which is ``revrx-operator explain``."""

import asyncio
import json
import sys
from contextlib import AbstractAsyncContextManager, suppress
from typing import Literal

import click
import yaml
from kubernetes.aio.config import ConfigException

from revrx_operator.explain.lookup import Ask, at_url, on_cluster
from revrx_operator.explain.operators import Unanswered
from revrx_operator.explain.pools import UnknownPool
from revrx_operator.explain.report import Explanation
from revrx_operator.explain.text import render, render_status
from revrx_operator.kubeclient import Where
from revrx_operator.model import Manifest
from revrx_operator.plugin.options import of_cluster, operator_namespace

WATCH_SECONDS = 1.0

Output = Literal["text", "json"]


@click.command(short_help="Tell why a pool has the replicas that it has")
@click.argument("pool")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", help="For people or for programs.")
@click.option("-w", "--watch", is_flag=True, help="Show it anew every second.")
@of_cluster
@operator_namespace
@click.option("--url", help="Ask here instead of on the cluster, as for run --local: http://127.0.0.1:8081")
def explain(
    *,
    pool: str,
    where: Where,
    output: Output,
    watch: bool,
    operator_namespace: str,
    url: str | None,
) -> None:
    """Tell why POOL has the replicas that it has: inputs, targets, winner, the last decisions.

    \b
    Examples:
      # Why has pool reports that many workers?
      kubectl revrx explain reports

    \b
      # The same, anew every second
      kubectl revrx explain reports -w
    """
    asking = at_url(url, where.namespace, pool) if url else on_cluster(where, pool, operator_namespace)
    with suppress(KeyboardInterrupt):
        try:
            answered = asyncio.run(show(asking, output, watch))
        except UnknownPool as error:
            raise click.ClickException(str(error)) from error
        except (ConfigException, yaml.YAMLError) as error:
            raise click.ClickException(f"no cluster to talk to: {error}. Set KUBECONFIG, or use --url") from error
        sys.exit(0 if answered else 1)


async def show(asking: AbstractAsyncContextManager[Ask], output: Output, watch: bool) -> bool:
    """Ask and print, once or for ever; says whether the operator answered. Raises UnknownPool."""
    async with asking as ask:
        while True:
            answered = await _show_once(ask, output, clear=watch and sys.stdout.isatty())
            if not watch:
                return answered
            await asyncio.sleep(WATCH_SECONDS)


async def _show_once(ask: Ask, output: Output, clear: bool) -> bool:
    try:
        explanation, error = await ask(), None
    except Unanswered as unanswered:
        explanation, error = None, unanswered
    if clear:
        click.clear()
    if explanation is not None:
        click.echo(_written(explanation, output))
    if error is not None:
        _show_what_is_known(error, output)
    return error is None


def _written(explanation: Explanation, output: Output) -> str:
    return render(explanation) if output == "text" else explanation.model_dump_json(by_alias=True, indent=2)


def _show_what_is_known(error: Unanswered, output: Output) -> None:
    """Why the operator does not answer, and what it last wrote into the pool's status."""
    click.secho(f"Error: {error}", fg="red", err=True)
    if error.pool is not None:
        click.echo("The last that it wrote into the status:", err=True)
        click.echo(_written_status(error.pool, output))


def _written_status(pool: Manifest, output: Output) -> str:
    return render_status(pool) if output == "text" else json.dumps({"status": pool.get("status", {})}, indent=2)
