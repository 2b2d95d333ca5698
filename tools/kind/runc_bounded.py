#!/usr/bin/python3 -I
"""runc for a machine whose bounding set lacks CAP_SYS_RESOURCE: asks for everything else that Docker asks for.

Without it `docker run --privileged` fails with "unable to apply caps: operation not permitted". It is copied out of the
repository and registered as Docker's default runtime, so it imports nothing of this package.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MISSING = "CAP_SYS_RESOURCE"
RUNC = "/usr/sbin/runc"


def without_missing(capabilities: dict[str, list[str]] | None) -> dict[str, list[str]]:
    """Drop the missing capability from each of a process's five sets."""
    return {kind: [name for name in names if name != MISSING] for kind, names in (capabilities or {}).items()}


def strip_bundle(config: dict[str, Any]) -> dict[str, Any]:
    """Strip what `runc create --bundle` starts (config.json of the OCI runtime specification)."""
    process = config.get("process", {})
    return {**config, "process": strip_process(process)} if process else config


def strip_process(process: dict[str, Any]) -> dict[str, Any]:
    """Strip what `runc exec --process` starts."""
    return {**process, "capabilities": without_missing(process.get("capabilities"))}


def option(arguments: Sequence[str], *names: str) -> str | None:
    """Give the value of an option, written `--name value` or `--name=value`."""
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in names:
            return value if equals else arguments[position + 1]
    return None


def main(arguments: Sequence[str]) -> None:
    """Rewrite the files that the arguments name, then become runc."""
    if bundle := option(arguments, "--bundle", "-b"):
        config = Path(bundle) / "config.json"
        config.write_text(json.dumps(strip_bundle(json.loads(config.read_text()))))
    if name := option(arguments, "--process", "-p"):
        process = Path(name)
        process.write_text(json.dumps(strip_process(json.loads(process.read_text()))))
    os.execv(RUNC, [RUNC, *arguments])  # noqa: S606  # the whole point: same process, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
