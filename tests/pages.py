"""Pages of the documentation, read for their fenced blocks."""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[1]
FENCE = "```"

_BLOCK = re.compile(rf"^( *){FENCE}(\w*)\n(.*?)^\1{FENCE}$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: the word after its fence, and its text."""

    language: str
    text: str


def blocks(text: str) -> list[Block]:
    """All of a page, those within lists without their indentation."""
    return [Block(language, dedent(inside)) for _, language, inside in _BLOCK.findall(text)]


def blocks_of(page: str) -> list[Block]:
    """All of the page of that name in docs/."""
    return blocks((ROOT / "docs" / page).read_text())
