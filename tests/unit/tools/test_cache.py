from pathlib import Path

import pytest

from tools.kind import cache, pins


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_a_binary_is_kept_by_version_and_name(home: Path) -> None:
    assert cache.binary(pins.BY_NAME["kubectl"]) == home / "revrx" / "bin" / pins.KUBERNETES / "kubectl"


def test_a_file_that_was_interrupted_is_not_there(home: Path) -> None:
    def interrupted() -> None:
        with cache.written_whole(home / "kubelet") as part:
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(home.iterdir()) == []


def test_a_file_that_was_written_to_its_end_is_there(home: Path) -> None:
    with cache.written_whole(home / "kubelet") as part:
        part.write_text("whole")
    assert (home / "kubelet").read_text() == "whole"
    assert [path.name for path in home.iterdir()] == ["kubelet"]
