"""The registry that the handlers of this package are entered in, and what they tell."""

from collections.abc import Callable

import kopf

from revrx_operator.kubeapi import Kind
from revrx_operator.model import Manifest

REGISTRY = kopf.OperatorRegistry()

Notice = Callable[[Manifest, bool], None]
"""Takes an object as it now is, and whether it was deleted; handlers get it as ``memo.notice``."""


def tell(memo: kopf.Memo, kind: Kind, event: kopf.RawEvent) -> None:
    """Hand on what a watch says. Listed objects come without their kind."""
    memo.notice({"kind": kind.name, "apiVersion": kind.api_version, **event["object"]}, event["type"] == "DELETED")
