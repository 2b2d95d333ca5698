"""`revrx-reports requeue`."""

import click
from sqlalchemy import true

from app.cli.submit import send_or_tell
from app.dead_letters import requeue as requeue_failed
from app.report import Report
from app.settings import settings

HOW = "; submit their file again to have them made here"


@click.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--code", help="All that failed with this error code.")
@click.option("--all", "everything", is_flag=True, help="All that failed.")
def requeue(ids: tuple[str, ...], *, code: str | None, everything: bool) -> None:
    """Have failed reports made again. What their API has answered already is not paid for again."""
    if sum((bool(ids), code is not None, everything)) != 1:
        raise click.UsageError("give IDs, or --code, or --all")
    which = Report.id.in_(ids) if ids else Report.error_code == code if code else true()
    queued = requeue_failed(which)
    if settings().enable_celery:
        send_or_tell(queued)
    missing = sorted(set(ids) - set(queued))
    for report_id in missing:
        click.echo(f"{report_id}: there is no failed report with this id that could be made again", err=True)
    click.echo(f"{len(queued)} queued again{'' if settings().enable_celery else HOW}")
    if missing:
        raise SystemExit(1)
