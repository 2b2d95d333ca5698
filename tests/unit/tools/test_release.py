"""What a release has to say the same everywhere."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
PROJECTS = ("pyproject.toml", "worker/pyproject.toml", "worker/revrx-worker/pyproject.toml")
CHART = ROOT / "charts" / "revrx-worker" / "Chart.yaml"
DOCKERFILES = ("operator/Dockerfile", "worker/Dockerfile")


@pytest.fixture
def version() -> str:
    """That of the operator."""
    return project("pyproject.toml")["version"]


def project(file: str) -> dict[str, str]:
    """Its section of that name."""
    return dict(tomllib.loads((ROOT / file).read_text())["project"])


def test_operator_worker_and_chart_have_one_version(version: str) -> None:
    chart = yaml.safe_load(CHART.read_text())

    assert {project(file)["version"] for file in PROJECTS} == {version}
    assert {chart["version"], chart["appVersion"]} == {version}


@pytest.mark.parametrize("file", DOCKERFILES)
def test_the_images_are_labelled_with_it(file: str, version: str) -> None:
    text = (ROOT / file).read_text()

    assert f"\nARG VERSION={version}\n" in text
    assert 'org.opencontainers.image.version="$VERSION"' in text


def test_the_changelog_begins_with_it_unreleased_or_with_its_day(version: str) -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert re.fullmatch(rf"{re.escape(version)} \((unreleased|\d{{4}}-\d\d-\d\d)\)", headings[0])
    assert sum("unreleased" in heading for heading in headings) <= 1
