"""Write the files that are made from others: ``python -m tools.generate``, from the repository.

With ``--check`` nothing is written: it names the stale files and exits with 1.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import yaml

from revrx_operator.api.crd import chart_template, crd_yaml
from tools.chart.annotations import NoChanges, annotations_yaml
from tools.chart.files import values_schema, values_yaml
from tools.chart.readme import CHART, chart_readme
from tools.comparison import killer_table, policy_table, reaction_picture, reaction_table, scale_table
from tools.dashboard.grafana import dashboard_json
from tools.decisions import decisions_list
from tools.field_table import rules_list, spec_table, status_table
from tools.kind.report import KindError

Make = Callable[[Path, str], str]
"""From the repository and the text that stands in a file to the text that should."""


def _between(text: str, begin: str, end: str, generated: str) -> str:
    """``text`` with what stands between two marks replaced. Raises ValueError where a mark is missing."""
    before, after = text.index(begin) + len(begin), text.index(end)
    return f"{text[:before]}{generated}{text[after:]}"


def _filled(_: Path, text: str, **parts: Callable[[], str]) -> str:
    for name, generate in parts.items():
        text = _between(text, f"<!-- generated: {name} -->\n", f"<!-- end of {name} -->\n", f"\n{generate()}\n")
    return text


def _chart_yaml(root: Path, text: str) -> str:
    annotations = annotations_yaml(root, yaml.safe_load(text))
    return _between(text, "# generated: annotations\n", "# end of annotations\n", annotations)


FILES: dict[str, Make] = {
    "crds/reportworkerpools.revrx.io.yaml": lambda *_: crd_yaml(),
    f"{CHART}/templates/crd.yaml": lambda *_: chart_template(),
    f"{CHART}/Chart.yaml": _chart_yaml,
    f"{CHART}/values.yaml": lambda *_: values_yaml(),
    f"{CHART}/values.schema.json": lambda *_: values_schema(),
    f"{CHART}/README.md": lambda root, _: chart_readme(root),
    f"{CHART}/dashboard/revrx-report-workers.json": lambda *_: dashboard_json(),
    "docs/resource.md": partial(_filled, spec=spec_table, rules=rules_list, status=status_table),
    "docs/comparison.md": partial(
        _filled, reaction=reaction_table, killer=killer_table, policy=policy_table, scale=scale_table
    ),
    "docs/images/reaction.svg": lambda *_: reaction_picture(),
    "docs/decisions/README.md": partial(_filled, decisions=decisions_list),
}


def content(root: Path, file: str) -> str:
    """What the file should hold. Raises KindError without the tool that writes it, NoChanges without a changelog."""
    path = root / file
    return FILES[file](root, path.read_text() if path.exists() else "")


def main(arguments: list[str]) -> int:
    """Exit code 1 where ``--check`` finds a stale file."""
    root = Path.cwd()
    try:
        stale = [file for file in FILES if not _stands(root, file)]
        return _report(root, stale, check="--check" in arguments)
    except (KindError, NoChanges) as error:
        print(error, file=sys.stderr)
        return 1


def _stands(root: Path, file: str) -> bool:
    path = root / file
    return path.exists() and path.read_text() == content(root, file)


def _report(root: Path, stale: list[str], *, check: bool) -> int:
    for file in stale:
        if check:
            print(f"{file} is stale; run: make crds", file=sys.stderr)
        else:
            (root / file).write_text(content(root, file))
            print(f"wrote {file}")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
