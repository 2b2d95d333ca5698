"""The registry that the handlers of this package are entered in."""

from collections.abc import Callable

import kopf

from revrx_operator.model import PoolKey

REGISTRY = kopf.OperatorRegistry()

Mark = Callable[[PoolKey], None]
"""Marks a pool dirty; handlers get it as ``memo.mark``."""
