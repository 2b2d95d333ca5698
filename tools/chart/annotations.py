"""What Artifact Hub shows of the chart, as annotations of its Chart.yaml.

Their form is that of https://artifacthub.io/docs/topics/annotations/helm.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from revrx_operator.api import KIND, VERSION
from revrx_operator.api.crd import NAME, crd
from tools.chart.values import Values

CATEGORY = "streaming-messaging"
EXAMPLE = Path("examples/scale-to-zero.yaml")
CHANGELOG = Path("CHANGELOG.md")
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")


class NoChanges(ValueError):
    """The changelog has nothing to say about the chart's version."""


def annotations_yaml(root: Path, chart: Mapping[str, Any]) -> str:
    """The annotations of a chart, from the repository at ``root``. Raises NoChanges."""
    version = str(chart["version"])
    hub = {
        "category": CATEGORY,
        "operator": "true",
        "prerelease": str(version.startswith("0.")).lower(),
        "images": _inner([{"name": "operator", "image": f"{Values().image.repository}:{chart['appVersion']}"}]),
        "crds": _inner([_definition()]),
        "crdsExamples": _inner([yaml.safe_load((root / EXAMPLE).read_text())]),
        "changes": _inner(list(changes((root / CHANGELOG).read_text(), version))),
    }
    named = {f"artifacthub.io/{key}": value for key, value in hub.items()}
    return yaml.dump({"annotations": named}, Dumper=_Blocks, sort_keys=False, width=100_000, allow_unicode=True)


def _definition() -> dict[str, str]:
    description = crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["description"]
    return {
        "kind": KIND,
        "version": VERSION,
        "name": NAME,
        "displayName": "Report worker pool",
        "description": description,
    }


def changes(changelog: str, version: str) -> Iterator[dict[str, str]]:
    """An entry for each point of the version's chapter; those under no heading of their own were added."""
    kind, found = "added", False
    for line in _chapter(changelog, version):
        if heading := re.fullmatch(r"### (\w+)", line):
            kind = heading[1].lower()
            if kind not in KINDS:
                raise NoChanges(f"{CHANGELOG}: {heading[1]} is no kind of change; there are {', '.join(KINDS)}")
        elif line.startswith("- "):
            found = True
            yield {"kind": kind, "description": line.removeprefix("- ").replace("`", "")}
    if not found:
        raise NoChanges(f"{CHANGELOG} has no changes under a heading '## {version}'")


def _chapter(changelog: str, version: str) -> list[str]:
    chapter = re.search(rf"^## {re.escape(version)}\b[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return chapter[1].splitlines() if chapter else []


def _inner(value: object) -> str:
    """YAML within YAML, which is what the annotations hold."""
    return yaml.safe_dump(value, sort_keys=False, width=100_000, allow_unicode=True)


class _Blocks(yaml.SafeDumper):
    """Writes text of several lines as a block, in which YAML is readable."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Blocks.add_representer(str, _text)
