import argparse

import pytest
from redis import RedisError

import bench.__main__ as command
from bench.result import BenchError, Result


class Stub:
    """A bench that does as it is told."""

    SUMMARY = "measures nothing"

    def __init__(self, outcome: Exception | Result) -> None:
        self.outcome = outcome

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        pass

    def run(self, _: argparse.Namespace) -> Result:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def test_a_bench_that_cannot_measure_fails_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "BENCHES", {"speed": Stub(BenchError("there is no kind cluster; call: make kind-up"))})
    assert command.main(["speed"]) == 1
    assert capsys.readouterr().err == "bench speed: there is no kind cluster; call: make kind-up\n"


def test_where_clearing_away_fails_too_the_first_failure_is_told_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = BenchError("kubectl delete: no answer")
    failure.__context__ = RedisError("the cluster went away")
    monkeypatch.setattr(command, "BENCHES", {"speed": Stub(failure)})
    assert command.main(["speed"]) == 1
    assert capsys.readouterr().err == "bench speed: kubectl delete: no answer\nbefore that: the cluster went away\n"


def test_all_goes_on_after_a_bench_that_fails_and_fails_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "BENCHES", {"one": Stub(BenchError("no")), "two": Stub(BenchError("no again"))})
    assert command.main(["all"]) == 1
    assert capsys.readouterr().err == "bench one: no\nbench two: no again\n"


def test_a_comparison_without_runs_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["reaction", "--keda", "0"]) == 1
    assert "--ours and --keda: a comparison needs at least one run of each" in capsys.readouterr().err
