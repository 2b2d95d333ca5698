"""docs/worker-guide.md: each line in its `sh` blocks is run as it stands there, in a copy of worker/."""

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.migrate import migrate
from app.settings import Settings
from tests.fixtures.redis_server import redis_server
from tests.integration.worker.conftest import only_these_settings
from tests.integration.worker.guide import page
from tests.integration.worker.guide.expectations import EXPECTED, expectation_of
from tests.integration.worker.guide.place import Places
from tests.integration.worker.guide.turns import Turns, interruptible
from tests.integration.worker.guide.worker_lines import wanted
from tests.integration.worker.processes import COMMAND
from tests.pages import FENCE, blocks

pytestmark = pytest.mark.timeout(180)

TURNS = [turn for block in page.texts("sh") for turn in page.turns(block)]
LINES = [line for turn in TURNS for line in turn]


Outcomes = dict[str, Future[None]]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """What comes of each line whose test was chosen. All begin at the first test: there is much waiting in them."""
    folder = tmp_path_factory.mktemp("guide")
    with (
        only_these_settings(folder, DATABASE_URL=f"sqlite:///{folder}/reports.db"),
        redis_server("--databases", "100") as redis,
        interruptible(),
    ):
        migrate()
        turns = Turns(Places(folder, redis, folder / "reports.db"))
        try:
            yield _begun(turns, _chosen(request))
        finally:
            turns.end()


def _chosen(request: pytest.FixtureRequest) -> set[str]:
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    return {str(item.callspec.params["line"]) for item in items if "outcomes" in item.fixturenames}


def _begun(turns: Turns, lines: set[str]) -> Outcomes:
    begun: Outcomes = {}
    for turn in TURNS:
        if lines.intersection(turn):
            begun |= dict.fromkeys(turn, turns.begin(turn))
    return begun


@pytest.mark.parametrize("line", LINES, ids=str)
def test_this_line_does_what_the_page_says(line: str, outcomes: Outcomes) -> None:
    outcomes[line].result()


def test_no_line_is_missing_from_the_page() -> None:
    assert [
        expected.form for expected in EXPECTED if not any(re.fullmatch(expected.form, line) for line in LINES)
    ] == []


@pytest.mark.parametrize("line", ["celery -A app.celery_app inspect clock", "celery -A app.celery_app flower", "ls"])
def test_a_line_of_an_unknown_form_fails(line: str) -> None:
    with pytest.raises(AssertionError, match="nothing is known of what this line is to do"):
        expectation_of(line)


def test_a_worker_with_an_unknown_option_fails() -> None:
    with pytest.raises(AssertionError, match="does not know what to expect of --autoscale=10,3"):
        wanted("celery -A app.celery_app worker --concurrency=2 --autoscale=10,3")


def test_what_is_not_run_is_to_be_seen_as_such() -> None:
    text = page.PAGE.read_text()
    found = blocks(text)

    assert text.count(FENCE) == 2 * len(found)
    assert {block.language for block in found} == {"sh", "console", "ini"}
    assert all(line.startswith("$ ") for block in page.texts("console") for line in block.splitlines())


@pytest.mark.parametrize("block", page.texts("ini"), ids=["settings", "results"])
def test_the_lines_of_env_are_settings(block: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(block)
    with only_these_settings(tmp_path):
        taken = Settings(_env_file=file).model_dump()

    for name, _, value in (line.partition("=") for line in block.splitlines()):
        found = taken[name.lower()]
        assert (found.get_secret_value() if isinstance(found, SecretStr) else str(found).lower()) == value


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("worker --autoreload", "No such option '--autoreload'"),
        ("control log_level debug", "Command log_level not recognized"),
    ],
)
def test_celery_by_itself_still_lacks_what_the_page_says_it_lacks(line: str, complaint: str) -> None:
    said = subprocess.run(
        [COMMAND / "celery", *line.split()], cwd="/", capture_output=True, text=True, check=False, timeout=40
    )

    assert said.returncode == 2
    assert complaint in said.stderr
