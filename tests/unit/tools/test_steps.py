import pytest

from tools.kind.steps import Step, carry_out, expected, outstanding


def test_a_step_that_an_earlier_run_finished_is_neither_expected_nor_done_again() -> None:
    worked: list[str] = []
    steps = [
        Step("a", 10, lambda: worked.append("a"), done=lambda: True),
        Step("b", 20, lambda: worked.append("b")),
    ]
    assert expected(outstanding(steps)) == 20
    carry_out(steps)
    assert worked == ["b"]


def test_a_reader_sees_step_k_of_n_and_the_time_to_go(capsys: pytest.CaptureFixture[str]) -> None:
    carry_out([Step("compile", 90, lambda: None), Step("assemble", 30, lambda: None)])
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "kind: [1/2] compile (1 min 30 s); 0 s gone, about 2 min 00 s to go"
    assert lines[1] == "kind: [2/2] assemble (30 s); 0 s gone, about 30 s to go"
