"""Programs of this machine that are installed when missing (Debian and its relatives, as root)."""

import os
import shutil
from collections.abc import Iterable

from tools.kind import shell
from tools.kind.report import KindError, say


def may_install() -> bool:
    """Say whether apt-get can be called here."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def ensure(programs: Iterable[str], packages: Iterable[str], purpose: str) -> None:
    """Install packages when a program is missing; raise KindError with the command where that cannot be done."""
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    wanted = " ".join(packages)
    if not may_install():
        raise KindError(f"{', '.join(missing)} missing, for {purpose}; on Debian, as root: apt-get install {wanted}")
    install(wanted.split(), purpose)


def install(packages: list[str], purpose: str) -> None:
    """Install Debian packages."""
    say(f"installing {' '.join(packages)}, for {purpose}")
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    # A third-party source that is away must not keep Debian's own packages from being installed.
    if shell.answer(["apt-get", "update", "--quiet"], seconds=120) is None:
        say("apt-get update complains; going on with the package lists that are there")
    shell.run(["apt-get", "install", "--yes", "--no-install-recommends", *packages], log="apt-get-install", env=env)


def known(packages: Iterable[str]) -> list[str]:
    """Give those packages that this Debian has."""
    return [package for package in packages if shell.answer(["apt-cache", "show", package])]
