"""`revrx-reports show`."""

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import RowMapping, select

from app.cli.times import time_of_day
from app.database import engine
from app.report import Report, State

COLUMNS = (
    "id", "title", "state", "stage", "percent", "attempts", "retries", "created_at", "started_at", "resend_at",
    "finished_at", "run_seconds", "api_calls", "input_tokens", "output_tokens", "cost_micros", "error_code",
    "error_message", "result",
)  # fmt: skip
TIMES = ("created_at", "started_at", "resend_at", "finished_at")
MICROS = 1_000_000


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
    return {name: time_of_day(value) if name in TIMES else value for name, value in row.items()}


def _print(row: RowMapping, console: Console) -> None:
    console.print(Text(f"{row['title']}  ({row['id']})", style="bold"))
    took = f", read in {row['run_seconds']:.1f} s" if row["run_seconds"] is not None else ""
    console.print(f"{row['state']}{_so_far(row)}{took}, attempts {row['attempts']}", highlight=False)
    if row["api_calls"]:
        console.print(_bill(row), highlight=False)
    if row["error_code"]:
        console.print(Text(f"{row['error_code']}: {row['error_message']}", style="red"))
    if row["result"]:
        _print_result(row["result"], console)


def _so_far(row: RowMapping) -> str:
    if row["state"] == State.WAITING:
        return f" until {time_of_day(row['resend_at'])}"
    return f" ({row['stage']}, {row['percent']} %)" if row["state"] == State.RUNNING and row["stage"] else ""


def _bill(row: RowMapping) -> str:
    tokens = f", {row['input_tokens']} tokens in and {row['output_tokens']} out" if row["input_tokens"] else ""
    return f"{row['api_calls']} API answers{tokens}, cost {row['cost_micros'] / MICROS:.6f}"


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
