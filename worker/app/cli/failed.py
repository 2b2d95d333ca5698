"""`revrx-reports failed`."""

import json
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import RowMapping

from app.cli.times import time_of_day
from app.dead_letters import count_failed, failed_reports

MOST = 100


@click.command()
@click.option("--code", help="Only those that failed with this error code, such as worker_lost.")
@click.option("--most", type=click.IntRange(min=1), default=MOST, show_default=True, help="How many, the latest first.")
@click.option("--json", "as_json", is_flag=True, help="For a program: one JSON object a line.")
def failed(*, code: str | None, most: int, as_json: bool) -> None:
    """List the reports that failed, and why. `revrx-reports requeue` gives them another chance."""
    rows = failed_reports(code, most)
    if as_json:
        for row in rows:
            click.echo(json.dumps({**row, "finished_at": time_of_day(row["finished_at"])}, ensure_ascii=False))
        return
    if not rows:
        click.echo("no report has failed" + (f" with {code}" if code else ""))
        return
    Console().print(_table(rows))
    left = count_failed(code) - len(rows)
    if left > 0:
        click.echo(f"… and {left} more; --most {len(rows) + left} lists all")


def _table(rows: Sequence[RowMapping]) -> Table:
    table = Table("id", "failed at", "code", "message", box=None, pad_edge=False, header_style="bold")
    for row in rows:
        cells = (row["id"], time_of_day(row["finished_at"]), row["error_code"], row["error_message"])
        table.add_row(*(Text(cell or "") for cell in cells))  # a plain string may hold what rich takes for markup
    return table
