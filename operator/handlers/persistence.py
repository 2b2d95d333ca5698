"""Kopf remembers nothing on the objects.

For handlers that see changes and retries Kopf works out, at each event, what of an object has changed since it was last
handled, with several deep copies of it (kopf 1.45, _cogs/configs/diffbase.py): two thirds of what an event costs. No
handler here asks for that; the controller compares what is with what should be.
"""

from typing import Any

import kopf


class NoDiffBase(kopf.DiffBaseStorage):
    """Every object is as it was handled last."""

    def build(self, **_: Any) -> Any:
        """Nothing of an object is compared."""
        return {}

    def fetch(self, **_: Any) -> None:
        """Nothing was stored."""

    def store(self, **_: Any) -> None:
        """Store nothing."""


class NoProgress(kopf.ProgressStorage):
    """No handler is ever half done."""

    def fetch(self, **_: Any) -> None:
        """Nothing was stored."""

    def store(self, **_: Any) -> None:
        """Store nothing."""

    def purge(self, **_: Any) -> None:
        """There is nothing to remove."""

    def touch(self, **_: Any) -> None:
        """Objects are never touched to wake a handler."""

    def clear(self, *, essence: Any) -> Any:
        """There is nothing to clear away."""
        return essence
