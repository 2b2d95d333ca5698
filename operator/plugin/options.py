"""Options that commands have in common, in the words and letters of kubectl."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from revrx_operator.kubeclient import Where

Command = Callable[..., Any]

NAMESPACE = click.option("-n", "--namespace", metavar="NAME", help="Namespace of the pool. Default: the context's.")
CONTEXT = click.option("--context", metavar="NAME", help="Context of the kubeconfig. Default: the current one.")
KUBECONFIG = click.option(
    "--kubeconfig", metavar="FILE", help="The kubeconfig. Default: what KUBECONFIG names, else ~/.kube/config."
)


def of_cluster(command: Command) -> Command:
    """The options that say which cluster and which namespace of it; the command gets them as ``where``."""

    @wraps(command)
    def with_where(kubeconfig: str | None, context: str | None, namespace: str | None, **rest: Any) -> Any:
        return command(where=Where(kubeconfig, context, namespace), **rest)

    return NAMESPACE(CONTEXT(KUBECONFIG(with_where)))


operator_namespace = click.option(
    "--operator-namespace", metavar="NAME", default="", help="Where the operator runs. Default: look in all namespaces."
)
