"""The chart's README, by helm-docs from README.md.gotmpl and the comments of values.yaml."""

import tempfile
from pathlib import Path

from tools.chart.files import values_yaml
from tools.kind import shell
from tools.kind.tools import tool

CHART = Path("charts/revrx-worker")
TEMPLATE = "README.md.gotmpl"


def chart_readme(root: Path) -> str:
    """What README.md should hold, for the repository at ``root``.

    It is written in a folder of its own: helm-docs reads files, and values.yaml may be stale. Raises KindError with the
    cure where there is no helm-docs and no Go to build it.
    """
    with tempfile.TemporaryDirectory() as folder:
        chart = Path(folder)
        for name in ("Chart.yaml", TEMPLATE):
            (chart / name).write_text((root / CHART / name).read_text())
        (chart / "values.yaml").write_text(values_yaml())
        options = ["--chart-search-root", folder, "--sort-values-order=file", "--log-level=warning"]
        shell.output([tool("helm-docs"), *options])
        return (chart / "README.md").read_text()
