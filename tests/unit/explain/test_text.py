from pathlib import Path

import click
import pytest
import yaml

from revrx_operator.explain.columns import duration
from revrx_operator.explain.report import Explanation
from revrx_operator.explain.text import render, render_status

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("name", sorted(file.stem for file in (DATA / "input").iterdir()))
def test_an_explanation_reads_as_it_should(name: str) -> None:
    explanation = Explanation.model_validate(yaml.safe_load((DATA / "input" / f"{name}.yaml").read_text()))

    assert click.unstyle(render(explanation)) + "\n" == (DATA / "output" / f"{name}.txt").read_text()


def test_a_status_reads_as_it_should_where_it_is_all_that_there_is() -> None:
    pool = yaml.safe_load((DATA / "status.yaml").read_text())

    assert click.unstyle(render_status(pool)) + "\n" == (DATA / "status.txt").read_text()


def test_the_winner_stands_out_and_colours_move_no_column() -> None:
    explanation = Explanation.model_validate(yaml.safe_load((DATA / "input" / "busy.yaml").read_text()))

    (winner,) = [line for line in render(explanation).splitlines() if "▸" in line]
    assert winner == click.style(click.unstyle(winner), fg="green")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (10, "10 s"), (119, "119 s"), (120, "2 min"), (7300, "2 h"), (200000, "2 d")],
)
def test_durations_are_said_in_the_unit_that_people_take(seconds: float, said: str) -> None:
    assert duration(seconds) == said
