"""How the tests read the commands that the documentation shows."""

import subprocess

import pytest

from tests.e2e.shell import missing_lines
from tests.pages import Block, blocks, blocks_of

SHOWN = """NAME      READY   REASON   AGE
reports   True    …        2s
"""


def test_a_block_within_a_list_loses_its_indentation() -> None:
    page = "1. First:\n\n    ```sh\n    one\n      two\n    ```\n\n```text\nthree\n```\n"

    assert blocks(page) == [Block("sh", "one\n  two\n"), Block("text", "three\n")]


@pytest.mark.parametrize(
    ("printed", "missing"),
    [
        ("NAME  READY  REASON  AGE\nreports  True  Idle  1m30s\n", []),
        ("something else\nNAME  READY  REASON  AGE\nreports  True  Idle  14s\n", []),
        ("NAME  READY  REASON  AGE\nreports  False  Idle  2s\n", ["reports   True    …        2s"]),
        ("reports  True  Idle  2s\nNAME  READY  REASON  AGE\n", ["reports   True    …        2s"]),
    ],
    ids=["another age", "another line before", "another word", "another order"],
)
def test_what_a_page_shows_is_printed_but_for_times(printed: str, missing: list[str]) -> None:
    assert missing_lines(SHOWN, printed) == missing


@pytest.mark.parametrize("page", ["getting-started.md", "migrate-from-deployment.md"])
def test_every_block_of_commands_is_one_to_bash(page: str) -> None:
    wrong = [
        done.stderr
        for block in blocks_of(page)
        if block.language == "sh"
        for done in [subprocess.run(["bash", "-n", "-c", block.text], capture_output=True, text=True, check=False)]
        if done.returncode
    ]

    assert wrong == []


@pytest.mark.parametrize(
    "words",
    [
        "delete hpa",
        "cancel_consumer",
        "inspect -t 10 active",
        "delete deployment revrx-celery-worker\n",
        "delete replicaset",
    ],
)
def test_each_step_that_the_migration_test_takes_is_one_block_of_its_page(words: str) -> None:
    found = [block for block in blocks_of("migrate-from-deployment.md") if words in block.text]

    assert len(found) == 1
