"""The table of ``top``, in kubectl's manner."""

from collections.abc import Sequence
from datetime import datetime

import click

from revrx_operator.explain.columns import KUBECTL_GAP, UNKNOWN, aligned, count
from revrx_operator.explain.summary import GroupSummary
from revrx_operator.plugin.ages import age

HEADINGS = ("POOL", "GROUP", "WAITING", "RUNNING", "OLDEST", "BUSY", "READY", "DESIRED", "MAX", "REASON")

COLOURS = {
    "BrokerUnreachable": "red",
    "DeletionOrder": "yellow",
    "Drained": "yellow",
    "MaxReplicas": "yellow",
    "Paused": "yellow",
    "PodNotReady": "yellow",
    "Throttled": "yellow",
}
"""Reasons that somebody may want to do something about."""


def lines(groups: Sequence[GroupSummary], at: datetime, *, with_namespace: bool) -> list[str]:
    """The heading, and a line for each group; where colours are not wanted, click.echo takes them out."""
    headings = ("NAMESPACE", *HEADINGS) if with_namespace else HEADINGS
    cells = [_cells(group, at) for group in groups]
    rows = [(group.namespace, *row) for group, row in zip(groups, cells, strict=True)] if with_namespace else cells
    heading, *plain = aligned([headings, *rows], gap=KUBECTL_GAP)
    return [heading, *(_coloured(line, group.reason) for line, group in zip(plain, groups, strict=True))]


def _cells(group: GroupSummary, at: datetime) -> tuple[str, ...]:
    oldest = group.oldest_enqueued_at
    return (
        group.pool,
        group.group,
        count(group.waiting),
        count(group.running),
        UNKNOWN if oldest is None else age((at - oldest).total_seconds()),
        count(group.busy_replicas),
        count(group.ready_replicas),
        count(group.desired_replicas),
        count(group.max_replicas),
        group.reason or UNKNOWN,
    )


def _coloured(line: str, reason: str) -> str:
    colour = COLOURS.get(reason)
    return f"{line.removesuffix(reason)}{click.style(reason, fg=colour)}" if colour else line
