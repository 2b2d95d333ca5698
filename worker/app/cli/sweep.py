"""`revrx-reports sweep`."""

import click

from app.messages import UNREACHABLE, resend_lost
from app.settings import settings


@click.command()
def sweep() -> None:
    """Send again the reports that lost their message or their worker, or whose time has come.

    Workers do this by themselves every ten seconds; a pool that may be at zero needs a CronJob with this command.
    """
    if not settings().enable_celery:
        raise click.ClickException("there is nobody to send to: set ENABLE_CELERY=true, or submit the file again")
    try:
        sent = resend_lost()
    except UNREACHABLE as error:
        raise click.ClickException(f"Redis (CELERY_BROKER_URL or REDIS_URL) cannot be reached: {error}") from None
    click.echo(f"{sent} sent again")
