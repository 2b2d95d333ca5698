"""Reads the file of encounters: a JSON object with id, title and text on each line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.intake import Encounter
from app.report import ID_LENGTH


@dataclass(frozen=True)
class GoodLine:
    """An encounter, and the line that it stands on."""

    number: int
    encounter: Encounter


@dataclass(frozen=True)
class BadLine:
    """A line that holds no encounter, and why."""

    number: int
    reason: str


def read_lines(lines: Iterable[bytes]) -> Iterator[GoodLine | BadLine]:
    """Read each line that is not blank, whatever the others are like. Numbers count from 1."""
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            encounter = _encounter(line)
        except ValueError as error:
            yield BadLine(number, str(error))
            continue
        first = seen.setdefault(encounter.id, number)
        if first == number:
            yield GoodLine(number, encounter)
        else:
            yield BadLine(number, f"the id {encounter.id} stands on line {first} already")


def _encounter(line: bytes) -> Encounter:
    """The encounter of a line; raises ValueError with the reason where it holds none."""
    try:
        # Bytes that are not UTF-8 are carried through: in a text they are stored as they came, and the report says so.
        data = json.loads(line.strip().removeprefix(b"\xef\xbb\xbf").decode(errors="surrogateescape"))
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise ValueError("not an encounter: nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError("not a JSON object with id, title and text")
    values = [_string(data, name) for name in ("id", "title", "text")]
    return Encounter(id=_clean("id", values[0]), title=_clean("title", values[1]), text=_bytes(values[2]))


def _string(data: dict[str, object], name: str) -> str:
    if name not in data:
        raise ValueError(f"{name} is missing")
    value = data[name]
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a string")
    return value


def _clean(name: str, value: str) -> str:
    """An id or a title: text that every database can hold."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} is not UTF-8") from None
    if "\0" in value:
        raise ValueError(f"{name} holds a NUL character")
    if name == "id" and not 1 <= len(value) <= ID_LENGTH:
        raise ValueError(f"id must have 1 to {ID_LENGTH} characters, it has {len(value)}")
    return value


def _bytes(text: str) -> bytes:
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError as error:
        raise ValueError(f"text holds half a surrogate pair, at character {error.start}") from None
