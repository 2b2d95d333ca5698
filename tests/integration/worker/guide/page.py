"""docs/worker-guide.md, read for its blocks."""

import re
from itertools import groupby

from tests.pages import ROOT, blocks

PAGE = ROOT / "docs" / "worker-guide.md"

_COMMENT = re.compile(r"(^|\s+)#.*$", re.MULTILINE)


def texts(language: str) -> list[str]:
    """Of the page's blocks of that language."""
    return [block.text for block in blocks(PAGE.read_text()) if block.language == language]


def commands(block: str) -> list[str]:
    """The command lines of a block, each on one line and without its comment."""
    joined = re.sub(r"\s*\\\n\s*", " ", block)
    return [line.strip() for line in _COMMENT.sub("", joined).splitlines() if line.strip()]


def turns(block: str) -> list[list[str]]:
    """The command lines that run at the same time: those with an & that follow one another, else one by one."""
    lines = commands(block)
    found: list[list[str]] = []
    for beside, group in groupby(lines, key=lambda line: line.endswith("&")):
        together = [line.removesuffix("&").strip() for line in group]
        found += [together] if beside else [[line] for line in together]
    return found
