"""Ctrl-C in the middle of the demo, when everything that it starts is there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def test_an_interrupt_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "tools.demo", "--on", "local"],
        cwd=REPOSITORY, env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert demo.stdout
    with demo.stdout:
        next(line for line in demo.stdout if "replicas 6" in line)
        assert len(processes_using(tmp_path)) > 6
        demo.send_signal(signal.SIGINT)
        *_, last_line = demo.stdout
    assert last_line == "demo: interrupted; stopped: revrx-reports submit, 6 workers, redis-server\n"
    assert demo.wait() == 130
    assert processes_using(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def processes_using(folder: Path) -> list[str]:
    """The processes that were started to keep their files there."""
    return [process.name for process in Path("/proc").glob("[0-9]*") if str(folder) in _environment(process)]


def _environment(process: Path) -> str:
    try:
        return (process / "environ").read_text(errors="replace")
    except OSError:
        return ""
