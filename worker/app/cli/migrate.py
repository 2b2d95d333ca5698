"""`revrx-reports migrate`."""

import click

from app.database import engine
from app.migrate import migrate as bring_up_to_date


@click.command()
def migrate() -> None:
    """Make the tables, or bring them up to date. Safe to run from several places at once."""
    bring_up_to_date()
    click.echo(f"tables are up to date in {engine().url.render_as_string(hide_password=True)}")
