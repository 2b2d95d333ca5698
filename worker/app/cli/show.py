"""`revrx-reports show`."""

import json
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import RowMapping, select

from app.database import engine
from app.report import Report

COLUMNS = (
    "id", "title", "state", "attempts", "created_at", "started_at", "finished_at", "run_seconds", "error_code",
    "error_message", "result",
)  # fmt: skip
TIMES = ("created_at", "started_at", "finished_at")


@click.command()
@click.argument("report_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="For a program: one JSON object.")
def show(report_id: str, *, as_json: bool) -> None:
    """Print the report of an encounter."""
    columns = [getattr(Report, name) for name in COLUMNS]
    with engine().connect() as connection:
        row = connection.execute(select(*columns).where(Report.id == report_id)).mappings().one_or_none()
    if row is None:
        raise click.ClickException(f"there is no report with the id {report_id}")
    if as_json:
        click.echo(json.dumps(_with_times_of_day(row), ensure_ascii=False, indent=2))
    else:
        _print(row, Console())


def _with_times_of_day(row: RowMapping) -> dict[str, Any]:
    return {name: _time(value) if name in TIMES else value for name, value in row.items()}


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _print(row: RowMapping, console: Console) -> None:
    console.print(Text(f"{row['title']}  ({row['id']})", style="bold"))
    took = f", read in {row['run_seconds']:.1f} s" if row["run_seconds"] is not None else ""
    console.print(f"{row['state']}{took}, attempts {row['attempts']}", highlight=False)
    if row["error_code"]:
        console.print(Text(f"{row['error_code']}: {row['error_message']}", style="red"))
    if row["result"]:
        _print_result(row["result"], console)


def _print_result(result: dict[str, Any], console: Console) -> None:
    console.print()
    console.print(Text(result["summary"]))
    console.print()
    table = Table("", "finding", "section", box=None, pad_edge=False, header_style="bold")
    for finding in result["findings"]:
        shown = Text(f"no {finding['text']}" if finding["negated"] else finding["text"])
        table.add_row(finding["label"], shown, finding["section"])
    console.print(table)
    console.print()
    console.print(Text("Key phrases: " + ", ".join(result["key_phrases"])))
