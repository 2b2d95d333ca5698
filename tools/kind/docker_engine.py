"""A running container engine: the one that answers, else Debian's, installed and started here."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tools.kind import cache, docker_client, packages, runc_bounded, shell
from tools.kind.report import KindError, say

CAP_SYS_RESOURCE = 24  # bit number, linux/capability.h
WRAPPER = Path("/usr/local/bin/runc-bounded")
CONFIGURATION = Path("/etc/docker/daemon.json")
STARTING = 60.0
"""Seconds in which dockerd has to answer."""


def ensure() -> None:
    """Return with an engine that answers, or raise KindError with the cure."""
    if docker_client.engine_runs():
        return
    if not packages.may_install():
        raise KindError(
            "no container engine answers (docker info): start Docker, or install it; "
            "on Debian: apt-get install docker.io, then start it as root with: dockerd"
        )
    if shutil.which("dockerd") is None or shutil.which("iptables") is None:
        # Newer Debian ships client and BuildKit apart from the engine.
        apart = packages.known(["docker-cli", "docker-buildx"])
        packages.install(["docker.io", "iptables", *apart], "a container engine")
        docker_client.client.cache_clear()
    if lacks_sys_resource(Path("/proc/self/status").read_text()):
        _register_wrapper()
    _start()


def lacks_sys_resource(status: str) -> bool:
    """Say whether the bounding set in a /proc/PID/status lacks CAP_SYS_RESOURCE."""
    bounding = next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd:"))
    return not int(bounding, 16) >> CAP_SYS_RESOURCE & 1


def with_wrapper(configuration: str) -> str:
    """Give Docker's configuration with the wrapper as its default runtime, whatever else it says kept."""
    settings = json.loads(configuration or "{}")
    runtimes = {**settings.get("runtimes", {}), "bounded": {"path": str(WRAPPER)}}
    return json.dumps({**settings, "runtimes": runtimes, "default-runtime": "bounded"}, indent=2) + "\n"


def _register_wrapper() -> None:
    say("this machine grants no CAP_SYS_RESOURCE: Docker gets a runtime that does not ask for it")
    shutil.copyfile(runc_bounded.__file__, WRAPPER)
    WRAPPER.chmod(0o755)
    before = CONFIGURATION.read_text() if CONFIGURATION.exists() else ""
    CONFIGURATION.parent.mkdir(parents=True, exist_ok=True)
    CONFIGURATION.write_text(with_wrapper(before))


def _start() -> None:
    """Start dockerd, under systemd where that is the machine's init, and wait until it answers."""
    if Path("/run/systemd/system").is_dir():
        say("starting Docker")
        shell.output(["systemctl", "start", "docker"])
    elif not _is_dockerd(_pid_of_running()):
        _start_daemon()
    until = time.monotonic() + STARTING
    while not docker_client.engine_runs():
        if time.monotonic() > until:
            raise KindError(f"dockerd does not answer within {STARTING:.0f} s; see {cache.log_file('dockerd')}")
        time.sleep(0.5)


def _start_daemon() -> None:
    log = cache.log_file("dockerd")
    say(f"starting dockerd (log: {log})")
    with log.open("wb") as sink:
        daemon = subprocess.Popen(
            ["dockerd"], stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
        )
    _pid_file().write_text(str(daemon.pid))


def stop() -> None:
    """Stop the dockerd that an earlier run started; leave any other alone."""
    file = _pid_file()
    pid = int(file.read_text()) if file.exists() else None
    if pid is None or not _is_dockerd(pid):
        say("no dockerd was started from here")
        file.unlink(missing_ok=True)
        return
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STARTING
    while _is_dockerd(pid) and time.monotonic() < until:
        time.sleep(0.2)
    if _is_dockerd(pid):
        raise KindError(f"dockerd ({pid}) does not stop; see {cache.log_file('dockerd')}")
    file.unlink(missing_ok=True)
    say("dockerd stopped")


def _pid_file() -> Path:
    return cache.directory() / "dockerd.pid"


def _pid_of_running() -> int | None:
    """Give the process ID that a dockerd on this machine wrote down, which may be dead."""
    file = Path("/var/run/docker.pid")
    return int(file.read_text()) if file.exists() else None


def _is_dockerd(pid: int | None) -> bool:
    """Say whether that process is a live dockerd: process IDs are used again."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return Path(words[0].decode()).name == "dockerd" and state != "Z"
