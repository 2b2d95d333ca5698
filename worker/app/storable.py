"""What PostgreSQL refuses in a text and in JSON, though Python has it: the character NUL, and half of a pair."""

from typing import Any


def storable(value: Any) -> Any:
    """The same value with a stand-in for each such character; all others stay where they are."""
    if isinstance(value, str):
        return value.replace("\x00", " ").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {key: storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value
