"""The command `revrx-reports`."""

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.cli.failed import failed
from app.cli.load_test import load_test
from app.cli.migrate import migrate
from app.cli.requeue import requeue
from app.cli.show import show
from app.cli.submit import submit
from app.cli.sweep import sweep
from app.database import engine

MISSING_TABLE = ("no such table", "UndefinedTable")


class _Commands(click.Group):
    """A group whose database errors are told in a line."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (OperationalError, ProgrammingError) as error:
            raise click.ClickException(_line(error)) from None


def _line(error: OperationalError | ProgrammingError) -> str:
    told = f"{type(error.orig).__name__}: {error.orig}".splitlines()[0]
    url = engine().url.render_as_string(hide_password=True)
    if any(sign in told for sign in MISSING_TABLE):
        return f"the database {url} has no tables yet; run: revrx-reports migrate"
    return f"the database {url} (DATABASE_URL) cannot be used: {told}"


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Submit encounters, and read the reports that came of them."""


for _command in (migrate, submit, show, failed, requeue, sweep, load_test):
    main.add_command(_command)
