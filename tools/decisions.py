"""The list of docs/decisions, by their titles."""

from pathlib import Path

DECISIONS = Path(__file__).parents[1] / "docs" / "decisions"


def decisions_list() -> str:
    """A line for each decision, as its page is titled."""
    pages = sorted(DECISIONS.glob("[0-9]*.md"))
    return "\n".join(f"- [{page.read_text().splitlines()[0].removeprefix('# ')}]({page.name})" for page in pages)
