"""The commands ``revrx-operator`` and ``kubectl-revrx``."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from kubernetes.aio.config import ConfigException
from pydantic import ValidationError

from revrx_operator import logs
from revrx_operator.api import KIND
from revrx_operator.api.crd import crd_yaml
from revrx_operator.api.validation import InvalidSpec
from revrx_operator.apply.local import LocalWorkers, NoBroker
from revrx_operator.plugin.command import COMMANDS, Commands
from revrx_operator.run import run_locally, run_on_cluster
from revrx_operator.serving import CannotServe
from revrx_operator.settings import OperatorSettings
from revrx_operator.validate.command import validate
from revrx_operator.validate.documents import NotYaml
from revrx_operator.validate.files import manifests

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}


@click.group(cls=Commands, context_settings=HELP_OPTIONS)
def main() -> None:
    """Scales Celery report workers on Redis queue depth, and never takes a busy worker away."""


@main.command()
@click.option("--local", "file", type=click.Path(path_type=Path), help="Run this pool's workers as processes here.")
@click.option(
    "--directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="With --local: where the Celery app is imported from.",
)
def run(file: Path | None, directory: Path) -> None:
    """Reconcile the pools of the cluster, or of a file on this machine."""
    settings = _settings()
    logs.configure(settings.log_level, settings.log_format)
    try:
        if file is None:
            asyncio.run(run_on_cluster(settings))
        else:
            asyncio.run(run_locally(LocalWorkers(_one_pool(file), directory.absolute()), settings))
    except ConfigException as error:
        raise click.ClickException(f"no cluster to talk to: {error}. Set KUBECONFIG, or use --local FILE") from error
    except CannotServe as error:
        raise click.ClickException(f"{error}; set REVRX_METRICS_ADDRESS or REVRX_METRICS_PORT") from error
    except (InvalidSpec, NoBroker) as error:
        raise click.ClickException(f"{file}: {error}") from error


main.add_command(validate)


@main.command()
def crd() -> None:
    """Print the CustomResourceDefinition."""
    click.echo(crd_yaml(), nl=False)


@click.group(cls=Commands, context_settings=HELP_OPTIONS)
def kubectl() -> None:
    """Show and steer the report worker pools of a cluster.

    \b
    Examples:
      # What waits, what runs, how many workers there are
      kubectl revrx top

    \b
      # Why pool reports has that many
      kubectl revrx explain reports
    """


for _command in COMMANDS:
    main.add_command(_command)
    kubectl.add_command(_command)
kubectl.add_command(validate)


def kubectl_revrx() -> None:
    """What kubectl runs for ``kubectl revrx``: its plugins are found by their name on PATH."""
    kubectl(prog_name="kubectl revrx")


def _settings() -> OperatorSettings:
    try:
        return OperatorSettings()
    except ValidationError as error:
        lines = [f"REVRX_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise click.ClickException("; ".join(lines)) from error


def _one_pool(file: Path) -> Mapping[str, Any]:
    try:
        pools = manifests(file.read_text())
    except NotYaml as error:
        raise click.ClickException(f"{file}:{error.line}: this is no YAML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: cannot be read: {error}") from error
    if len(pools) != 1:
        raise click.ClickException(f"{file}: has {len(pools)} {KIND}s; --local runs exactly one")
    return pools[0]
