"""kubectl, as a user of the product calls it."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tools.kind.tools import tool

Manifest = Mapping[str, Any]


class KubectlError(Exception):
    """kubectl ended with an error; the text is what it said."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl on one cluster and in one namespace."""

    context: str
    namespace: str = "default"

    def command(self, *arguments: str) -> list[str]:
        """The command line, for a process that runs beside the test."""
        return [_path(), "--context", self.context, "--namespace", self.namespace, *arguments]

    def __call__(self, *arguments: str, stdin: str | None = None, seconds: float = 60) -> str:
        """What kubectl prints; raises KubectlError."""
        try:
            done = subprocess.run(
                self.command(*arguments),
                input=stdin or "",
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise KubectlError(f"kubectl {' '.join(arguments)}: no answer within {seconds:.0f} s") from error
        if done.returncode:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def get(self, kind: str, name: str) -> Manifest | None:
        """The object; None where there is none."""
        found = self("get", kind, name, "--ignore-not-found", "--show-managed-fields", "--output=json")
        return dict(json.loads(found)) if found else None

    def list(self, kind: str, selector: str = "") -> list[Manifest]:
        """The objects that the label selector matches."""
        return list(json.loads(self("get", kind, f"--selector={selector}", "--output=json"))["items"])

    def apply(self, *manifests: Manifest, options: tuple[str, ...] = ()) -> None:
        """``kubectl apply -f -``."""
        self("apply", *options, "--filename=-", stdin="\n---\n".join(json.dumps(manifest) for manifest in manifests))

    def patch(self, kind: str, name: str, change: Manifest) -> None:
        """Change an object by a JSON merge patch."""
        self("patch", kind, name, "--type=merge", f"--patch={json.dumps(change)}")

    def execute(self, pod: str, *command: str, stdin: str | None = None, seconds: float = 60) -> str:
        """What a command in a container of a pod prints."""
        interactive = () if stdin is None else ("--stdin",)
        return self("exec", *interactive, pod, "--", *command, stdin=stdin, seconds=seconds)


@cache
def _path() -> str:
    return str(tool("kubectl"))
