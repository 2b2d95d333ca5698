"""What can be told without a cluster."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from revrx_operator.cli import kubectl, main
from revrx_operator.plugin.session import INTERRUPTED, run

COMMANDS = ["top", "explain", "pause", "resume", "drain", "failed", "requeue", "validate"]


def revrx(*arguments: str) -> Result:
    return CliRunner().invoke(kubectl, arguments, prog_name="kubectl revrx")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_also_as_one_of_the_operator(command: str) -> None:
    as_plugin, as_operator = revrx(command, "--help"), CliRunner().invoke(main, [command, "-h"])

    assert as_plugin.exit_code == as_operator.exit_code == 0
    assert as_plugin.stdout.startswith(f"Usage: kubectl revrx {command} ")
    assert as_plugin.stdout.partition("\n")[2] == as_operator.stdout.partition("\n")[2]


def test_commands_are_listed_in_the_order_of_their_use() -> None:
    listed = revrx("--help").stdout.partition("Commands:\n")[2]

    assert [line.split()[0] for line in listed.splitlines()] == COMMANDS


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("requeue", "reports"), "give IDs, or --code, or --all"),
        (("requeue", "reports", "a", "--all"), "give IDs, or --code, or --all"),
        (("top", "reports", "-A"), "give either POOL or -A and -l: a pool's name belongs to one namespace"),
        (("top", "reports", "-l", "team=a"), "give either POOL or -A and -l: a pool's name belongs to one namespace"),
        (("pause",), "Missing argument 'POOL'"),
        (("top", "-o", "xml"), "'xml' is not one of 'json', 'yaml'"),
    ],
)
def test_arguments_that_make_no_sense_end_with_2(arguments: tuple[str, ...], told: str) -> None:
    ended = revrx(*arguments)

    assert ended.exit_code == 2
    assert told in ended.stderr


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in {"validate", "requeue", "explain"}])
def test_without_a_kubeconfig_the_error_says_what_to_set(command: str, tmp_path: Path) -> None:
    pool = [] if command == "top" else ["reports"]
    ended = revrx(command, *pool, "--kubeconfig", str(tmp_path / "absent"))

    assert ended.exit_code == 1
    assert ended.stderr.startswith("Error: no cluster to talk to: ")
    assert ended.stderr.endswith("Set KUBECONFIG or --kubeconfig\n")


def test_ctrl_c_ends_without_a_word_as_shells_have_it() -> None:
    async def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(click.exceptions.Exit) as ended:
        run(interrupted())

    assert ended.value.exit_code == INTERRUPTED == 130
