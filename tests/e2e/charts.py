"""Charts to upgrade from."""

import shutil
from pathlib import Path

import yaml

from tests.e2e.release import OURS

OLDER = "0.0.9"
NEW_FIELD = "paused"


def older_chart(folder: Path) -> Path:
    """The previous version, as long as none has been released: this one under an older number and without a field.

    It stands for what every upgrade does: the CRD gains a field, and the operator's pod is replaced. With a first
    release, that release is what to upgrade from.
    """
    chart = Path(shutil.copytree(OURS, folder / OURS.name))
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    (chart / "Chart.yaml").write_text(yaml.safe_dump({**about, "version": OLDER}))
    template = chart / "templates" / "crd.yaml"
    condition, *definition, end = template.read_text().splitlines()
    crd = yaml.safe_load("\n".join(definition))
    del crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"][NEW_FIELD]
    template.write_text("\n".join([condition, yaml.safe_dump(crd), end]))
    return chart
