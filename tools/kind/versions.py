"""Versions as tools print them."""

import re

Version = tuple[int, int, int]


def parse(text: str) -> Version | None:
    """Find the first version in a text: `v1.32.4-dispatcher` is (1, 32, 4); None when there is none."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def within_one_minor(ours: Version, wanted: Version) -> bool:
    """Say whether a client is supported against a server: same major, at most one minor apart."""
    return ours[0] == wanted[0] and abs(ours[1] - wanted[1]) <= 1
