import subprocess
import sys
from pathlib import Path

from tools.kind import pins
from tools.kind.cache import REPOSITORY


def kind(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """Run the command on a machine that has nothing but Python."""
    environment = {"PATH": str(home), "XDG_CACHE_HOME": str(home), "HOME": str(home)}
    command = [sys.executable, "-m", "tools.kind", *arguments]
    return subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_without_go_a_missing_tool_is_named_with_the_cure_and_no_traceback(tmp_path: Path) -> None:
    done = kind("tool", "kubectl", home=tmp_path)
    assert done.returncode == 1
    assert "no go is on PATH" in done.stderr
    assert "apt-get install golang-go" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_without_docker_up_says_what_to_install(tmp_path: Path) -> None:
    done = kind("up", home=tmp_path)
    assert done.returncode == 1
    assert "apt-get install docker.io" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_docker_check_says_why_not(tmp_path: Path) -> None:
    done = kind("check", home=tmp_path)
    assert (done.returncode, done.stderr) == (1, "kind: no container engine answers\n")


def test_without_docker_status_still_says_what_is_there(tmp_path: Path) -> None:
    done = kind("status", home=tmp_path)
    assert done.returncode == 0
    assert "no container engine answers" in done.stdout


def test_what_is_built_already_is_found_without_building(tmp_path: Path) -> None:
    built = tmp_path / "revrx" / "bin" / pins.BY_NAME["helm3"].version / "helm3"
    built.parent.mkdir(parents=True)
    built.touch()
    done = kind("tool", "helm3", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{built}\n")
