"""Go commands built from the Go module proxy."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.kind import cache, shell
from tools.kind.pins import KUBERNETES_MODULE, GoTool
from tools.kind.report import KindError
from tools.kind.steps import Step
from tools.kind.versions import parse

OLDEST_GO = (1, 21)  # from here on Go fetches the newer toolchain that a module asks for
ENVIRONMENT = {"CGO_ENABLED": "0"}  # static: the commands run in images that hold nothing else


def replacements(go_mod: Mapping[str, Any], version: str) -> list[str]:
    """Turn a module's `replace` lines, which Go ignores outside the module itself, into ours: `old=new@version`.

    Takes what `go mod edit -json` prints. Only k8s.io/kubernetes replaces by directories: `k8s.io/X => ./staging/…`,
    each published as k8s.io/X v0.MINOR.PATCH. Any other directory cannot be had and is left out.
    """
    ours = []
    for line in go_mod.get("Replace") or ():
        old, new = line["Old"]["Path"], line["New"]
        if new.get("Version"):
            ours.append(f"{old}={new['Path']}@{new['Version']}")
        elif go_mod["Module"]["Path"] == KUBERNETES_MODULE and new["Path"].startswith("./staging/"):
            ours.append(f"{old}={old}@v0.{version.removeprefix('v1.')}")
    return ours


def link_flags(tool: GoTool) -> str:
    """Give the linker's flags: no symbol tables, and the version stamped in."""
    return " ".join(["-s", "-w", *(f"-X {variable}={value}" for variable, value in tool.stamp)])


def require_go() -> None:
    """Raise KindError with the cure when no fit Go is on PATH."""
    version = parse(shell.answer(["go", "env", "GOVERSION"]) or "")
    if version is None or version[:2] < OLDEST_GO:
        have = "no go is on PATH" if version is None else f"go on PATH is {version[0]}.{version[1]}"
        raise KindError(
            f"{have}, and building offline needs Go {OLDEST_GO[0]}.{OLDEST_GO[1]} or later; "
            "on Debian 13: apt-get install golang-go; elsewhere install it from the Go project's download page"
        )


def module_directory(module: str, version: str) -> Path:
    """Give the source of a module in Go's own cache, fetched when missing."""
    return Path(_download(module, version)["Dir"])


def _download(module: str, version: str) -> dict[str, str]:
    description: dict[str, str] = json.loads(shell.output(["go", "mod", "download", "-json", f"{module}@{version}"]))
    return description


def _workspace(tool: GoTool) -> Path:
    """Give a module of our own that requires the tool's, with the same replaces."""
    place = cache.directory("mod", tool.version) / tool.name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    go_mod = json.loads(shell.output(["go", "mod", "edit", "-json", _download(tool.module, tool.version)["GoMod"]]))
    edits = [f"-replace={line}" for line in replacements(go_mod, tool.version)]
    shell.output(["go", "mod", "init", "revrx.test/tool"], cwd=place)
    shell.output(["go", "mod", "edit", f"-require={tool.module}@{tool.version}", *edits], cwd=place)
    return place


def build(tool: GoTool) -> None:
    """Build one tool into the cache, unless another run does so meanwhile."""
    require_go()
    with cache.locked(f"build-{tool.name}"):
        if not cache.binary(tool).exists():
            _build(tool)


def _build(tool: GoTool) -> None:
    with cache.written_whole(cache.binary(tool)) as target:
        command = ["go", "build", "-mod=mod", "-trimpath", "-tags", ",".join(tool.tags), "-ldflags", link_flags(tool)]
        shell.run([*command, "-o", target, tool.package], log=tool.name, cwd=_workspace(tool), env=ENVIRONMENT)


def build_file(source: Path, target: Path) -> None:
    """Build a single file that needs the standard library only."""
    require_go()
    shell.run(["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", target, source], log=target.name, env=ENVIRONMENT)


def step(tool: GoTool) -> Step:
    """Give the building of a tool as a step."""
    return Step(
        title=f"build {tool.name} {tool.version}",
        seconds=tool.seconds,
        work=lambda: build(tool),
        done=cache.binary(tool).exists,
    )
