"""`revrx-reports failed`, `requeue` and `show`, for reports whose paid API gave no answer."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.intake import record_missing
from app.runs import run_report
from tests.fixtures.paid_api import PaidApi, Refuses, running_paid_api
from tests.integration.worker.conftest import only_these_settings
from tests.integration.worker.paid import paid_engine, text_of
from tests.integration.worker.processes import row
from tests.integration.worker.rows import stored


@pytest.fixture
def api(tmp_path: Path) -> Iterator[PaidApi]:
    url = f"sqlite:///{tmp_path}/reports.db"
    with only_these_settings(tmp_path, DATABASE_URL=url), running_paid_api() as api, paid_engine("openai", api):
        assert run("migrate").exit_code == 0
        yield api


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env={"COLUMNS": "160"})


@pytest.fixture
def dead(api: PaidApi) -> PaidApi:
    """Anna's report failed at its second part, Clara's for the key; of a third there is only a message."""
    stored("anna", body=text_of("Anna", "Berta").encode())
    stored("clara", body=b"Clara coughs.")
    record_missing("nobody")
    api.misbehave(Refuses(404), about="Berta")
    api.misbehave(Refuses(401), about="Clara")
    run_report("anna")
    run_report("clara")
    api.behave()
    return api


@pytest.mark.usefixtures("dead")
def test_what_was_given_up_is_listed_with_its_reason() -> None:
    lines = run("failed").stdout.splitlines()

    assert lines[0].split() == ["id", "failed", "at", "code", "message"]
    assert {line.split()[0] for line in lines[1:] if not line.startswith(" ")} == {"anna", "clara", "nobody"}
    assert "check OPENAI_API_KEY" in run("failed", "--code", "api_rejected").stdout


@pytest.mark.usefixtures("dead")
def test_what_was_given_up_is_listed_for_a_program() -> None:
    told = [json.loads(line) for line in run("failed", "--code", "report_missing", "--json").stdout.splitlines()]

    assert [(each["id"], each["error_code"], each["cost_micros"]) for each in told] == [("nobody", "report_missing", 0)]
    assert told[0]["finished_at"].endswith("+00:00")


@pytest.mark.usefixtures("dead")
def test_of_many_the_latest_are_listed_and_the_rest_is_counted() -> None:
    told = run("failed", "--most", "1").stdout.splitlines()

    assert told[1].startswith("clara")
    assert told[-1] == "… and 2 more; --most 3 lists all"


@pytest.mark.usefixtures("api")
def test_what_a_table_would_take_for_markup_is_listed_as_it_is() -> None:
    stored("[/bold]", body=b" ")
    run_report("[/bold]")

    assert run("failed").stdout.splitlines()[1].startswith("[/bold]")


@pytest.mark.usefixtures("api")
def test_where_nothing_has_failed_that_is_said() -> None:
    assert run("failed").stdout == "no report has failed\n"
    assert run("failed", "--code", "worker_lost").stdout == "no report has failed with worker_lost\n"


@pytest.mark.parametrize(
    ("arguments", "again"),
    [
        (["anna"], {"anna"}),
        (["anna", "clara"], {"anna", "clara"}),
        (["--code", "api_rejected"], {"anna", "clara"}),
        (["--all"], {"anna", "clara"}),
    ],
)
def test_what_was_given_up_is_made_again_and_nothing_is_paid_for_twice(
    dead: PaidApi, arguments: list[str], again: set[str]
) -> None:
    result = run("requeue", *arguments)

    assert (result.exit_code, result.stdout.split(";")[0]) == (0, f"{len(again)} queued again")
    assert {name for name in ("anna", "clara", "nobody") if row(name)["state"] == "queued"} == again
    assert {run_report(name) for name in again} == {"completed"}
    assert set(dead.paid().values()) == {1}
    assert (row("anna")["attempts"], row("anna")["error_code"]) == (0, None)


@pytest.mark.usefixtures("dead")
def test_what_cannot_be_made_again_is_named() -> None:
    run_report("anna")
    result = run("requeue", "clara", "unknown", "nobody")

    assert (result.exit_code, result.stdout.split(";")[0]) == (1, "1 queued again")
    assert result.stderr.splitlines() == [
        "nobody: there is no failed report with this id that could be made again",
        "unknown: there is no failed report with this id that could be made again",
    ]


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("arguments", [[], ["anna", "--all"], ["--all", "--code", "x"]])
def test_it_has_to_be_said_what_is_made_again(arguments: list[str]) -> None:
    result = run("requeue", *arguments)

    assert result.exit_code == 2
    assert "give IDs, or --code, or --all" in result.stderr


def test_a_report_is_shown_with_its_cost(api: PaidApi) -> None:
    stored("anna", body=text_of("Anna", "Berta").encode())
    run_report("anna")

    told = row("anna")
    bill = f"2 API answers, {told['input_tokens']} tokens in and 100 out, cost {told['cost_micros'] / 1e6:.6f}"
    assert bill in run("show", "anna").stdout
    shown = json.loads(run("show", "anna", "--json").stdout)
    assert (shown["api_calls"], shown["cost_micros"]) == (2, told["cost_micros"])


def test_a_report_that_waits_is_shown_with_its_time_and_what_it_waits_for(api: PaidApi) -> None:
    api.misbehave(Refuses(429, retry_after="60"))
    stored("anna")
    run_report("anna")

    shown = run("show", "anna").stdout
    assert "waiting until 20" in shown
    assert "api_throttled: RateLimitError" in shown


@pytest.mark.usefixtures("api")
def test_a_sweep_by_hand_needs_workers_to_send_to() -> None:
    result = run("sweep")

    assert result.exit_code == 1
    assert result.stderr == "Error: there is nobody to send to: set ENABLE_CELERY=true, or submit the file again\n"
