from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import result
from bench.result import Result, Table

TABLE = Table("Seconds", ["", "p50", "p95"], [["ours", "0.31", "0.45"], ["KEDA, defaults", "24.10", "38.02"]])


def test_on_the_terminal_names_stand_left_and_figures_right() -> None:
    assert TABLE.plain().splitlines() == [
        "Seconds",
        "                  p50    p95",
        "----------------------------",
        "ours             0.31   0.45",
        "KEDA, defaults  24.10  38.02",
    ]


def test_in_markdown_figures_are_aligned_to_the_right() -> None:
    assert TABLE.markdown().splitlines() == [
        "## Seconds",
        "",
        "|  | p50 | p95 |",
        "| --- | ---: | ---: |",
        "| ours | 0.31 | 0.45 |",
        "| KEDA, defaults | 24.10 | 38.02 |",
    ]


def test_what_is_kept_says_how_when_and_on_what_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, "machine", lambda: "2 cores")
    made = Result([TABLE], versions={"KEDA": "v2.21.0"}, notes=["Seed 7."])
    text = made.markdown("reaction", "python -m bench reaction", datetime(2026, 11, 22, 9, 5, tzinfo=UTC))
    head = "# reaction\n\n`python -m bench reaction`, 2026-11-22 09:05 UTC, 2 cores, KEDA v2.21.0.\n\n## Seconds\n"
    assert text.startswith(head)
    assert text.endswith("| 38.02 |\n\n- Seed 7.\n")


def test_a_later_result_takes_the_place_of_the_earlier_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(result, "RESULTS", tmp_path / "results")
    Result([TABLE], notes=["Seed 1."]).keep("reaction", "first")
    path = Result([TABLE], notes=["Seed 2."]).keep("reaction", "second")
    assert "Seed 2." in path.read_text()
    assert "Seed 1." not in path.read_text()
    assert len(list(path.parent.iterdir())) == 1
