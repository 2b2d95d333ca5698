"""The encounters that are submitted: those of examples/encounters.jsonl, repeated under other ids."""

import json
from collections.abc import Sequence
from itertools import cycle, islice


def repeated(lines: Sequence[str], count: int) -> list[str]:
    """As many JSON lines as asked for, each with an id of its own: the line's own one and its number."""
    return [_renumbered(line, number) for number, line in enumerate(islice(cycle(lines), count), start=1)]


def _renumbered(line: str, number: int) -> str:
    encounter = json.loads(line)
    return json.dumps({**encounter, "id": f"{encounter['id']}-{number:03}"}, ensure_ascii=False)
