from collections.abc import Callable, Sequence

import pytest

from tests.chaos.__main__ import main as chaos
from tests.e2e.command import play_on_fresh_operator, tell_whether_kept
from tests.e2e.killer.__main__ import main as killer
from tests.e2e.release import Release

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize(("command", "name"), [(chaos, "chaos"), (killer, "killer")])
def test_a_cluster_that_may_be_somebodys_is_left_alone(
    command: Callable[[Sequence[str]], int], name: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv("REVRX_E2E_CONTEXT", "production")

    assert command([]) == 2
    assert capsys.readouterr().err.startswith(f"{name}: REVRX_E2E_CONTEXT is production: ")


@pytest.mark.parametrize(
    ("trouble", "code", "told"),
    [
        (AssertionError("no worker is ready"), 1, "play: no worker is ready\n"),
        (KeyboardInterrupt(), 130, "play: interrupted\n"),
    ],
)
def test_trouble_is_told_in_a_line(
    trouble: BaseException, code: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    def play(_: Release) -> int:
        raise trouble

    for step in ("clear", "install"):
        monkeypatch.setattr(Release, step, lambda _: None)

    assert play_on_fresh_operator("play", play) == code
    assert capsys.readouterr().err == told


@pytest.mark.parametrize(
    ("complaints", "log", "code", "told"),
    [
        ([], "all is well", 0, "every promise was kept"),
        (["plain: 2 interrupted"], "all is well", 1, "plain: 2 interrupted"),
        ([], "Traceback (most recent call last):", 1, "the operator's log holds a traceback"),
    ],
)
def test_a_promise_that_was_not_kept_ends_with_1(
    complaints: list[str], log: str, code: int, told: str, capsys: Output
) -> None:
    assert tell_whether_kept(complaints, log) == code
    assert capsys.readouterr().out.strip() == told
