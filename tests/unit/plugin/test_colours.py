import click
import pytest
from click.testing import CliRunner

from revrx_operator.plugin.command import Commands


@click.command()
def shout() -> None:
    click.secho("red", fg="red")


@pytest.mark.parametrize(
    ("on_terminal", "no_color", "said"),
    [
        (True, None, click.style("red", fg="red")),
        (True, "", click.style("red", fg="red")),
        (True, "1", "red"),
        (False, None, "red"),
    ],
)
def test_colours_are_for_terminals_whose_users_want_them(on_terminal: bool, no_color: str | None, said: str) -> None:
    group = Commands(commands={"shout": shout})

    ended = CliRunner(env={"NO_COLOR": no_color}).invoke(group, ["shout"], color=on_terminal)

    assert ended.stdout == f"{said}\n"
