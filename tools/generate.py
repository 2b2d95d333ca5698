"""Write the files that are generated, such as the CRD: ``python -m tools.generate``, from the repository.

With ``--check`` nothing is written: it names the stale files and exits with 1.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from revrx_operator.api.crd import chart_template, crd_yaml
from tools.dashboard.grafana import dashboard_json
from tools.field_table import rules_list, spec_table, status_table

Make = Callable[[str], str]
"""From the text that stands in a file to the text that should."""

BEGIN, END = "<!-- generated: {} -->\n", "<!-- end of {} -->\n"


def _between(text: str, name: str, generated: str) -> str:
    """``text`` with what stands between the marks of ``name`` replaced. Raises ValueError where a mark is missing."""
    begin, end = BEGIN.format(name), END.format(name)
    before, after = text.index(begin) + len(begin), text.index(end)
    return f"{text[:before]}\n{generated}\n{text[after:]}"


def _reference(text: str) -> str:
    for name, generate in (("spec", spec_table), ("rules", rules_list), ("status", status_table)):
        text = _between(text, name, generate())
    return text


FILES: dict[str, Make] = {
    "crds/reportworkerpools.revrx.io.yaml": lambda _: crd_yaml(),
    "charts/revrx-worker/templates/crd.yaml": lambda _: chart_template(),
    "charts/revrx-worker/dashboard/revrx-report-workers.json": lambda _: dashboard_json(),
    "docs/resource.md": _reference,
}


def content(root: Path, file: str) -> str:
    """What the file should hold."""
    path = root / file
    return FILES[file](path.read_text() if path.exists() else "")


def main(arguments: list[str]) -> int:
    """Exit code 1 where ``--check`` finds a stale file."""
    root = Path.cwd()
    stale = [file for file in FILES if not (root / file).exists() or (root / file).read_text() != content(root, file)]
    for file in stale:
        if "--check" in arguments:
            print(f"{file} is stale; run: make crds", file=sys.stderr)
        else:
            (root / file).write_text(content(root, file))
            print(f"wrote {file}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
