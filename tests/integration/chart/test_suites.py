"""The suites of charts/revrx-worker/tests, each by helm-unittest."""

import subprocess
from pathlib import Path

import pytest

from tests.rendering import CHART
from tools.kind.tools import tool

SUITES = sorted(CHART.glob("tests/*_test.yaml"))


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.stem)
def test_helm_unittest_finds_the_templates_as_the_suite_says(suite: Path) -> None:
    command = [str(tool("helm-unittest")), "--strict", "--file", f"tests/{suite.name}", str(CHART)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 1 total" in done.stdout


def test_the_package_leaves_out_what_it_is_tested_with(tmp_path: Path) -> None:
    subprocess.run([str(tool("helm")), "package", str(CHART), "--destination", str(tmp_path)], check=True)
    (package,) = tmp_path.iterdir()

    files = subprocess.run(["tar", "--list", "--file", package], capture_output=True, text=True, check=True).stdout

    assert "revrx-worker/templates/tests/one-report.yaml" in files
    assert "revrx-worker/tests/" not in files
    assert "gotmpl" not in files
