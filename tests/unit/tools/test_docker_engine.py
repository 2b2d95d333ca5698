import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.kind import cache, docker_engine


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that waits and, for all that can be seen from outside, is a dockerd."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shell = shutil.which("sh") or "sh"
    waiting = ["dockerd", "-c", "echo ready; read forever"]
    with subprocess.Popen(waiting, executable=shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        # /proc shows the new command line only a moment after the process was started.
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def noted(pid: int) -> Path:
    file = cache.directory() / "dockerd.pid"
    file.write_text(str(pid))
    return file


def test_the_dockerd_that_was_started_from_here_is_stopped(program: "subprocess.Popen[bytes]") -> None:
    file = noted(program.pid)
    docker_engine.stop()
    assert program.wait() != 0
    assert not file.exists()


def test_a_dockerd_that_somebody_else_started_is_left_alone(program: "subprocess.Popen[bytes]") -> None:
    docker_engine.stop()
    assert program.poll() is None


def test_a_process_that_got_the_number_of_a_dead_dockerd_is_left_alone(program: "subprocess.Popen[bytes]") -> None:
    with subprocess.Popen(["sleep", "60"]) as another:
        noted(another.pid)
        docker_engine.stop()
        assert another.poll() is None
        another.kill()
