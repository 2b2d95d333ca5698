"""Cuts a text into parts of at most so many bytes, at the best place that there is: paragraph, line, sentence, word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# The end of each is where the next part begins.
PLACES = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"[.;!?]\s", r"\s"))
LATE_ENOUGH = 0.5
"""A place in the first half of a part is passed over for a lesser one in the second, or there would be many parts."""


@dataclass(frozen=True)
class Part:
    """A part of a text, and the character of the text that it begins at."""

    start: int
    text: str


def parts(text: str, most_bytes: int) -> list[Part]:
    """The parts, which together are the text, but for those of nothing but blanks. `most_bytes` is at least 4."""
    return [part for part in _parts(text, most_bytes) if part.text.strip()]


def _parts(text: str, most_bytes: int) -> Iterator[Part]:
    start = 0
    while start < len(text):
        window = _fitting(text[start : start + most_bytes], most_bytes)
        whole = start + len(window) == len(text)
        end = len(window) if whole else _best_end(window)
        yield Part(start, window[:end])
        start += end


def _fitting(text: str, most_bytes: int) -> str:
    """As much of the text as fits, no character cut in two."""
    return text.encode()[:most_bytes].decode(errors="ignore")


def _best_end(window: str) -> int:
    for place in PLACES:
        ends = [found.end() for found in place.finditer(window) if found.end() >= len(window) * LATE_ENOUGH]
        if ends:
            return ends[-1]
    return len(window)
