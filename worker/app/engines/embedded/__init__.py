"""placeholder"""

from app.engines import Reading


class EmbeddedEngine:
    """x."""

    def read(self, text: str) -> Reading:
        """x."""
        return Reading(summary=text[:100])
