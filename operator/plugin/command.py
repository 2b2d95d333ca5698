"""What ``kubectl revrx`` consists of, and ``revrx-operator`` has as well."""

import os
from typing import Any

import click

from revrx_operator.plugin.drain import drain
from revrx_operator.plugin.explain import explain
from revrx_operator.plugin.failed import failed
from revrx_operator.plugin.pause import pause
from revrx_operator.plugin.requeue import requeue
from revrx_operator.plugin.resume import resume
from revrx_operator.plugin.top import top

COMMANDS = (top, explain, pause, resume, drain, failed, requeue)
"""Those that talk to a cluster."""


class Commands(click.Group):
    """Commands, listed in the order in which they were added, that colour nothing where NO_COLOR is set."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in their order."""
        return list(self.commands)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Colours are for terminals (click sees to that), and not for those who ask for none (no-color.org)."""
        context = super().make_context(info_name, args, parent, **extra)
        context.color = False if os.environ.get("NO_COLOR") else None
        return context
