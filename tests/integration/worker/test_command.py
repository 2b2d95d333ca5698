"""The command revrx-reports, making the reports in its own process."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from tests.fixtures.redis_server import free_port
from tests.integration.worker.conftest import only_these_settings
from tests.integration.worker.processes import row


@pytest.fixture(autouse=True)
def database(tmp_path: Path) -> Iterator[None]:
    with only_these_settings(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/reports.db"):
        assert run("migrate").exit_code == 0
        yield


def run(*arguments: str, **kwargs: str) -> Result:
    return CliRunner().invoke(main, list(arguments), **kwargs)  # type: ignore[arg-type]


def line(name: str, text: str = "IMPRESSION: Pneumonia.\nPLAN: Amoxicillin 500 mg t.i.d.") -> str:
    return json.dumps({"id": name, "title": "A visit", "text": text}) + "\n"


def submit(lines: str, *arguments: str) -> Result:
    return run("submit", "-", "--wait", *arguments, input=lines)


def test_good_lines_are_completed() -> None:
    result = submit(line("a") + line("b"))

    assert (result.exit_code, result.stdout) == (0, "2 completed, 0 failed\n")


def test_bad_lines_are_named_by_number_and_stop_nothing() -> None:
    result = submit("{\n" + line("a") + '{"id": "b"}\n' + line("a") + line("empty", ""))

    assert (result.exit_code, result.stdout) == (1, "1 completed, 4 failed\n")
    assert result.stderr.splitlines() == [
        "line 1: not JSON: Expecting property name enclosed in double quotes at column 2",
        "line 3: title is missing",
        "line 4: the id a stands on line 2 already",
        "line 5: report empty failed: text_empty: the text is empty",
    ]


def test_a_report_that_is_submitted_again_is_not_run_again() -> None:
    submit(line("a") + line("b", ""))
    again = submit(line("a") + line("b", ""))

    assert again.stdout == "1 completed, 1 failed\n"
    assert row("a")["attempts"] == 1


def test_an_id_that_is_stored_with_another_text_is_refused() -> None:
    submit(line("a"))
    result = submit(line("a", "Another text."))

    assert result.stdout == "0 completed, 1 failed\n"
    assert result.stderr == "line 1: the id a is stored already with another text\n"


def test_an_empty_file_is_nothing_to_do() -> None:
    assert submit("").stdout == "0 completed, 0 failed\n"


def test_a_timeout_says_what_is_not_finished() -> None:
    result = submit(line("a"), "--timeout", "0")

    assert (result.exit_code, result.stdout) == (1, "0 completed, 0 failed\n")
    assert "1 reports are not finished" in result.stderr
    assert row("a")["state"] == "queued"


def test_a_report_is_shown_to_a_person() -> None:
    submit(line("a"))
    shown = run("show", "a").stdout

    assert "A visit  (a)" in shown
    assert "Diagnosis: Pneumonia." in shown
    assert "Amoxicillin 500 mg t.i.d." in shown


def test_a_report_is_shown_to_a_program() -> None:
    submit(line("a") + line("b", ""))
    shown = json.loads(run("show", "a", "--json").stdout)
    failed = json.loads(run("show", "b", "--json").stdout)

    assert shown["state"] == "completed"
    assert {
        "label": "diagnosis",
        "text": "Pneumonia.",
        "section": "Impression",
        "negated": False,
        "mentions": 1,
    } in shown["result"]["findings"]
    assert (failed["state"], failed["error_code"], failed["result"]) == ("failed", "text_empty", None)


def test_an_unknown_id_is_an_error() -> None:
    result = run("show", "nobody")

    assert (result.exit_code, result.stderr) == (1, "Error: there is no report with the id nobody\n")


def test_without_tables_the_command_that_makes_them_is_named(tmp_path: Path) -> None:
    with only_these_settings(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/new.db"):
        result = submit(line("a"))

    assert result.exit_code == 1
    assert result.stderr.endswith("new.db has no tables yet; run: revrx-reports migrate\n")


def test_a_database_that_cannot_be_reached_is_told_in_a_line_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://app:hush@127.0.0.1:{free_port()}/reports"
    with only_these_settings(tmp_path, DATABASE_URL=url):
        result = run("show", "a")

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "(DATABASE_URL) cannot be used" in result.stderr
    assert "hush" not in result.stderr
