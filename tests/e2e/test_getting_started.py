"""docs/getting-started.md: its `sh` blocks are run as they stand, and print what stands below them."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.release import Release
from tests.e2e.shell import Shell, missing_lines
from tests.pages import Block, blocks_of

PAGE = "getting-started.md"
LEFTOVERS = ("pod/postgres", "pod/client", "service/postgres", "secret/revrx-secrets")
NOTHING = Block("", "")


@pytest.fixture
def newcomer(release: Release, home: Kubectl, tmp_path: Path) -> Iterator[Shell]:
    """The shell of somebody whose cluster has no operator; the suite's own is back afterwards."""
    release.clear()
    yield Shell.on(release.context, tmp_path)
    home("delete", *LEFTOVERS, "--ignore-not-found", "--grace-period=1")
    release.clear()
    release.install()


def test_the_page_leads_from_nothing_to_a_scaled_pool_and_away_again(newcomer: Shell) -> None:
    settings, wrong = "", []
    for block, shown in zip_longest(page := blocks_of(PAGE), page[1:], fillvalue=NOTHING):
        if block.language != "sh":
            continue
        printed = newcomer.run(settings + block.text)
        settings += "".join(f"{line}\n" for line in block.text.splitlines() if line.startswith("export "))
        if shown.language == "text":
            wrong += missing_lines(shown.text, printed)

    assert wrong == []
