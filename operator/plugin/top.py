"""``kubectl revrx top``."""

import asyncio
import json
import sys
from typing import Literal

import click
import yaml

from revrx_operator.explain.summary import GroupSummary
from revrx_operator.kubeclient import Where
from revrx_operator.plugin import table
from revrx_operator.plugin.looking import Look, Scope, look
from revrx_operator.plugin.options import of_cluster, operator_namespace
from revrx_operator.plugin.session import Session, run, session

WATCH_SECONDS = 1.0

Output = Literal["json", "yaml"]


@click.command(short_help="Show what waits, what runs, and the replicas of each worker group")
@click.argument("pool", required=False)
@click.option("-A", "--all-namespaces", is_flag=True, help="The pools of all namespaces.")
@click.option(
    "-l", "--selector", metavar="LABELS", default="", help="Only pools with these labels, as in team=a,env!=b."
)
@click.option("-o", "--output", type=click.Choice(["json", "yaml"]), help="For programs, instead of the table.")
@click.option("-w", "--watch", is_flag=True, help="Every second again: in place on a terminal, else what has changed.")
@of_cluster
@operator_namespace
def top(
    *,
    pool: str | None,
    all_namespaces: bool,
    selector: str,
    output: Output | None,
    watch: bool,
    where: Where,
    operator_namespace: str,
) -> None:
    """Show what waits, what runs, and the replicas of each worker group of POOL, or of all pools of the namespace.

    The numbers are those of this moment, from the operator. Where it cannot be asked, the status tells them, up to 15 s
    old, and a line on standard error says why.

    \b
    Examples:
      # All pools of the namespace
      kubectl revrx top

    \b
      # Pool reports, and what becomes of it
      kubectl revrx top reports -w

    \b
      # The pools of a team, wherever they are, for a program
      kubectl revrx top -A -l team=billing -o json
    """
    if pool and (all_namespaces or selector):
        raise click.UsageError("give either POOL or -A and -l: a pool's name belongs to one namespace")
    run(_top(where, Scope(pool, all_namespaces, selector, operator_namespace), output, watch))


async def _top(where: Where, scope: Scope, output: Output | None, watch: bool) -> None:
    async with session(where) as here:
        show = _Shown(here.namespace, scope, output, in_place=watch and sys.stdout.isatty())
        await _show(here, scope, show, watch)


async def _show(here: Session, scope: Scope, show: "_Shown", watch: bool) -> None:
    while True:
        show(await look(here, scope))
        if not watch:
            return
        await asyncio.sleep(WATCH_SECONDS)


class _Shown:
    """What the reader has seen: of a later look only what is new, unless the terminal is drawn anew."""

    def __init__(self, namespace: str, scope: Scope, output: Output | None, *, in_place: bool) -> None:
        self._where = "any namespace" if scope.all_namespaces else f"namespace {namespace}"
        self._with_namespace = scope.all_namespaces
        self._output = output
        self._in_place = in_place
        self._note = ""
        self._seen: dict[tuple[str, str, str], GroupSummary] | None = None
        """None before the first look."""

    def __call__(self, found: Look) -> None:
        if self._in_place:
            click.clear()
        if found.note != self._note or self._in_place:
            self._note = found.note
            if found.note:
                click.secho(f"These numbers are the status's: {found.note}", fg="yellow", err=True)
        if self._output:
            click.echo(written(found, self._output))
        else:
            self._table(found)

    def _table(self, found: Look) -> None:
        known = None if self._in_place else self._seen
        news = [group for group in found.groups if _without_age(group) != (known or {}).get(_key(group))]
        self._seen = {_key(group): _without_age(group) for group in found.groups}
        if known is None and not news:
            click.echo(f"No pools in {self._where}.", err=True)
        elif news:
            heading, *lines = table.lines(news, found.at, with_namespace=self._with_namespace)
            click.echo("\n".join(lines if known else (heading, *lines)))


def _key(group: GroupSummary) -> tuple[str, str, str]:
    return group.namespace, group.pool, group.group


def _without_age(group: GroupSummary) -> GroupSummary:
    """What makes a line news: the age of the oldest task moves whenever one waits."""
    return group.model_copy(update={"oldest_enqueued_at": None, "message": ""})


def written(found: Look, output: Output) -> str:
    """For programs; the form is documented in docs/plugin.md, and fields are only ever added."""
    groups = [group.model_dump(mode="json", by_alias=True) for group in found.groups]
    document = {"at": found.at.isoformat(timespec="milliseconds"), "note": found.note or None, "groups": groups}
    if output == "json":
        return json.dumps(document, indent=2, ensure_ascii=False)
    return f"---\n{yaml.safe_dump(document, sort_keys=False, allow_unicode=True)}".rstrip()
