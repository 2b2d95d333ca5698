import io

import pytest
from rich.console import Console

from tools.demo.stage import Reading
from tools.demo.story import Sample
from tools.demo.view import LineView, TerminalView, plain, table, view_for

BUSY = Reading(replicas=6, ready=4, waiting=120, running=16, completed=60, failed=4, reason="QueueDepth", message="")
SAMPLES = [Sample(0.0, Reading(0, 0, 0, 0, 0, 0, "Idle", "")), Sample(7.25, BUSY)]


def test_a_sample_reads_as_a_line() -> None:
    assert plain(SAMPLES[-1]) == (
        "  7.2 s  replicas 6 (4 ready)  waiting 120  running 16  done  64  failed 4  QueueDepth"
    )


def test_the_table_shows_every_number_with_its_history() -> None:
    console = Console(file=io.StringIO(), width=100, record=True)
    console.print(table(SAMPLES, 200))
    lines = [line.split() for line in console.export_text().splitlines() if line.strip()]
    assert lines[:4] == [["replicas", "6", "█"], ["ready", "4", "█"], ["waiting", "120", "█"], ["running", "16", "█"]]
    assert lines[4][:6] == ["done", "64", "of", "200,", "4", "failed"]
    assert lines[5] == ["operator", "QueueDepth", "7", "s"]


@pytest.mark.parametrize(
    ("terminal", "encoding", "view"),
    [(True, "utf-8", TerminalView), (True, "iso-8859-1", LineView), (False, "utf-8", LineView)],
)
def test_a_table_moves_only_on_a_terminal_that_has_its_characters(terminal: bool, encoding: str, view: type) -> None:
    output = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert isinstance(view_for(Console(file=output, force_terminal=terminal), total=200), view)


def test_elsewhere_samples_between_two_lines_are_passed_over() -> None:
    output = io.StringIO()
    view = LineView(Console(file=output))
    view.show(SAMPLES[:1])
    view.show(SAMPLES)
    view.say("something happened [6 -> 0]")
    assert output.getvalue().splitlines() == [f"demo: {plain(SAMPLES[0])}", "demo: something happened [6 -> 0]"]
