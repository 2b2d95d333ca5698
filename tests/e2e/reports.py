"""Real reports: submitted as a user does, and looked up in PostgreSQL."""

import json
from typing import NamedTuple

from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import EXAMPLES
from tests.e2e.waiting import eventually
from tools.demo.encounters import repeated


class Row(NamedTuple):
    """A report's row."""

    id: str
    state: str
    attempts: int
    token: int
    summary: str | None


COLUMNS = "id, state, attempts, token, result->>'summary' as summary"


def submit(kubectl: Kubectl, count: int) -> None:
    """Store and enqueue that many reports, always the same ones: those that were submitted before are not new."""
    encounters = (EXAMPLES / "encounters.jsonl").read_text().splitlines()
    lines = "\n".join(repeated(encounters, count))
    said = kubectl.execute("client", "revrx-reports", "submit", "-", stdin=lines, seconds=120)
    assert f"{count} submitted, 0 failed" in said


def rows(kubectl: Kubectl) -> list[Row]:
    """All reports."""
    query = f"select coalesce(json_agg(r), '[]') from (select {COLUMNS} from reports order by id) r"  # noqa: S608
    found = kubectl.execute("postgres", "psql", "--username=revrx", "--no-align", "--tuples-only", f"--command={query}")
    return [Row(**row) for row in json.loads(found)]


def in_state(kubectl: Kubectl, state: str) -> list[Row]:
    """The reports that stand there now."""
    return [row for row in rows(kubectl) if row.state == state]


def wait_until_completed(kubectl: Kubectl, count: int, *, within: float = 480) -> list[Row]:
    """The rows, once all of them are completed; fails at once where one is failed."""

    def none_failed() -> list[Row]:
        assert not in_state(kubectl, "failed")
        return in_state(kubectl, "completed")

    return eventually(none_failed, lambda found: len(found) == count, f"{count} reports are completed", within=within)
