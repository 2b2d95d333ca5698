"""What there is to say about a file, line by line."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """The API server would refuse the pool, or the operator could not make its workers."""
    WARNING = "warning"
    """It works, though hardly as it is meant."""
    NOTE = "note"
    """It was not looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something at one place of a file."""

    file: str
    line: int
    level: Level
    message: str
    pool: str = ""
    """Name of the pool; empty where it is about none, or about one without a name."""
    field: str = ""

    def __str__(self) -> str:
        level = "" if self.level is Level.ERROR else f"{self.level}: "
        about = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {level}{about}{self.message}"
