from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.charts import NEW_FIELD, OLDER, older_chart
from tools import generate
from tools.chart.annotations import NoChanges, changes
from tools.chart.files import values_schema, values_yaml
from tools.chart.values import Values

ROOT = Path(__file__).parents[3]
CHART = ROOT / "charts" / "revrx-worker"


def fields(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, child in node.get("properties", {}).items():
        yield f"{path}/{name}", child
        yield from fields(child, f"{path}/{name}")


def test_what_values_yaml_holds_is_what_the_models_have_by_default() -> None:
    assert yaml.safe_load((CHART / "values.yaml").read_text()) == Values().model_dump(by_alias=True)


def test_every_value_is_described_and_every_section_refuses_unknown_keys() -> None:
    for path, node in fields(yaml.safe_load(values_schema())):
        if path != "/global":
            assert node["description"], path
        if "properties" in node:
            assert node["additionalProperties"] is False, path


def test_the_schema_has_no_references_which_an_older_helm_could_not_follow() -> None:
    assert "$ref" not in values_schema()
    assert "$defs" not in values_schema()


def test_every_value_has_a_comment_that_helm_docs_takes_up() -> None:
    described = values_yaml().count("# -- ")
    rows = [line for line in (CHART / "README.md").read_text().splitlines() if line.endswith(" |") and " | `" in line]
    assert described == len(rows)
    assert all(row.split(" | ")[-1].strip(" |") for row in rows)


def test_the_changes_are_those_of_the_charts_version() -> None:
    changelog = "# Changelog\n\n## 0.2.0\n\n### Fixed\n\n- `b`\n\n## 0.1.0 (unreleased)\n\nText.\n\n- a\n"
    assert list(changes(changelog, "0.1.0")) == [{"kind": "added", "description": "a"}]
    assert list(changes(changelog, "0.2.0")) == [{"kind": "fixed", "description": "b"}]


@pytest.mark.parametrize(
    ("changelog", "complaint"),
    [("## 0.1.0\n", "no changes under a heading '## 0.2.0'"), ("## 0.2.0\n### New\n- a\n", "New is no kind of change")],
)
def test_a_changelog_that_says_nothing_of_the_version_is_refused(changelog: str, complaint: str) -> None:
    with pytest.raises(NoChanges, match=complaint):
        list(changes(changelog, "0.2.0"))


def test_every_change_of_the_release_is_among_the_annotations() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    told = yaml.safe_load(chart["annotations"]["artifacthub.io/changes"])
    points = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("- ")]
    assert len(told) == len(points)


def test_a_value_that_changed_makes_its_file_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "FILES", {"values.yaml": lambda *_: values_yaml()})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "values.yaml").write_text(values_yaml().replace("replicas: 1", "replicas: 3"))

    assert generate.main(["--check"]) == 1
    assert "values.yaml is stale; run: make crds" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_the_older_chart_lacks_the_field_that_an_upgrade_brings(tmp_path: Path) -> None:
    chart = older_chart(tmp_path)
    assert yaml.safe_load((chart / "Chart.yaml").read_text())["version"] == OLDER
    assert f"{NEW_FIELD}:" not in (chart / "templates" / "crd.yaml").read_text()
    assert f"{NEW_FIELD}:" in (CHART / "templates" / "crd.yaml").read_text()
