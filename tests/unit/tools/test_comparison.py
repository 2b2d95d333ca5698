"""docs/comparison.md against bench/results: its tables are generated, and what its sentences say of them holds."""

from pathlib import Path

import pytest

from tools import results
from tools.comparison import HPAS, KILLER, REACTION, TRACES, reaction_picture, reaction_table
from tools.generate import FILES, content
from tools.results import kept_result

ROOT = Path(__file__).parents[3]
MADE_FROM_RESULTS = ("docs/comparison.md", "docs/images/reaction.svg")


@pytest.mark.parametrize("file", MADE_FROM_RESULTS)
def test_the_figures_are_those_that_the_benches_kept_last(file: str) -> None:
    assert file in FILES
    assert content(ROOT, file) == (ROOT / file).read_text()


def test_a_bench_that_measures_anew_makes_page_and_picture_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, picture = reaction_table(), reaction_picture()
    kept = (results.RESULTS / "reaction.md").read_text()
    (tmp_path / "reaction.md").write_text(kept.replace("58.62", "57.31"))
    monkeypatch.setattr(results, "RESULTS", tmp_path)

    assert reaction_table() == page.replace("58.62", "57.31")
    assert reaction_picture() != picture


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="0 tables of the result begin with 'Minutes'"):
        kept_result("reaction").table("Minutes")


def test_half_a_second_against_fifteen_seconds_to_a_minute() -> None:
    rows = kept_result("reaction").table(REACTION)
    until_ten = {name: float(row["ten p95"]) for name, row in rows.items()}

    assert until_ten.pop("ours") <= 0.5
    assert all(15 <= seconds <= 60 for seconds in until_ten.values())


def test_keda_with_a_long_grace_period_cuts_nothing_off_and_is_sooner_at_its_minimum() -> None:
    rows = kept_result("killer").table(KILLER)
    patient = rows["KEDA, grace period 330 s"]

    assert patient["interrupted"] == rows["ours"]["interrupted"] == "0"
    assert float(patient["minimum p50"]) < float(rows["ours"]["minimum p50"])
    assert int(patient["busy pods taken"]) > 0


def test_the_thriftiest_keda_is_cheaper_on_two_traces() -> None:
    cheaper = [trace for trace in TRACES if hours(trace, "KEDA, fastest and thriftiest") < hours(trace, "ours")]

    assert len(cheaper) == 2
    assert all(figure(trace, "KEDA, fastest and thriftiest", "interrupted") > 0 for trace in cheaper)


def test_the_hpa_keeps_a_steady_queue_empty_for_most_replicas_where_cpu_tells_the_truth() -> None:
    idle, honest = HPAS

    assert figure("Steady", honest, "p95 wait") == 0
    assert hours("Steady", honest) == max(hours("Steady", rule) for rule in kept_result("policy").table("Steady:"))
    assert all(figure(trace, idle, "scale actions") == 1 for trace in TRACES)


def hours(trace: str, rule: str) -> float:
    return figure(trace, rule, "replica-hours")


def figure(trace: str, rule: str, column: str) -> float:
    """The mean of the seeds."""
    return float(kept_result("policy").table(f"{trace}:")[rule][column].split(" ")[0])
