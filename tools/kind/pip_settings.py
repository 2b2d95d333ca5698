"""The machine's pip settings, for pip inside image builds: a private index, a proxy, a certificate authority."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.kind import cache, shell

PASSED_ON = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")
"""Paths on this machine (cache-dir, find-links, …) mean nothing inside a build."""
CA_IN_BUILD = "/run/secrets/ca"


def settings(listed: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Give pip's settings from what `pip config list` prints, overridden by PIP_ variables."""
    found = dict(re.findall(r"^(?!:env:)[^.]*\.([\w-]+)='(.*)'$", listed, flags=re.MULTILINE))
    variables = {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in environment.items()
        if name.startswith("PIP_")
    }
    return {**found, **variables}


def configuration(pip: Mapping[str, str], *, ca: bool) -> str:
    """Write the pip.conf of a build; empty when there is nothing to say."""
    lines = [f"{name} = {pip[name]}" for name in PASSED_ON if name in pip]
    if ca:
        lines.append(f"cert = {CA_IN_BUILD}")
    return "\n".join(["[global]", *lines, ""]) if lines else ""


def secrets() -> dict[str, Path]:
    """Give the files to pass to a build as secrets, by secret ID."""
    pip = settings(shell.answer([sys.executable, "-m", "pip", "config", "list"]) or "", os.environ)
    bundle = Path(pip.get("cert") or os.environ.get("SSL_CERT_FILE") or "/nonexistent")
    content = configuration(pip, ca=bundle.is_file())
    if not content:
        return {}
    file = cache.directory() / "pip.conf"
    file.touch(mode=0o600)
    file.write_text(content)
    return {"pip": file, **({"ca": bundle} if bundle.is_file() else {})}
