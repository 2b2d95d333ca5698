"""The alerts, each in a scenario over time in which it fires and no other does."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pages import ROOT
from tests.rendering import CHART, Refused, by_name, render
from tests.unit.chart.scenarios import Rules, Scenario, scenarios
from tools.kind.tools import tool

FILES = {file.stem: file for file in (CHART / "alerts").glob("*.yaml")}
RUNBOOKS = {page.stem for page in (ROOT / "docs" / "runbooks").glob("Revrx*.md")}
RULE = ("PrometheusRule", "revrx-worker")
SERVED = ("revrx",)
"""The namespace of the pools of the scenarios."""
NAMESPACE = "revrx-system"
"""That of their operators."""

# promtool and helm are built where they are not installed.
pytestmark = pytest.mark.timeout(900)


def promtool(*arguments: str | Path) -> str:
    """What it says; fails where it finds fault."""
    done = subprocess.run([tool("promtool"), *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def rendered(served: Sequence[str] = SERVED, release: str = "revrx-worker", **alerts: Any) -> Rules:
    """The alerts that the chart renders with these values of `alerts`, by name."""
    values = {"watchNamespaces": list(served), "alerts": {"enabled": True, **alerts}}
    (rule,) = (
        manifest for manifest in render(values, release=release, namespace=NAMESPACE) if manifest["kind"] == RULE[0]
    )
    (group,) = rule["spec"]["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return rendered()


def as_file(rules: Rules, path: Path) -> Path:
    path.write_text(yaml.safe_dump({"groups": [{"name": "revrx", "rules": list(rules.values())}]}))
    return path


def test_promtool_finds_no_fault_with_the_rendered_rules(rules: Rules, tmp_path: Path) -> None:
    said = promtool("check", "rules", "--lint=all", "--lint-fatal", as_file(rules, tmp_path / "rules.yaml"))

    assert f"SUCCESS: {len(FILES)} rules found" in said


@pytest.mark.parametrize("name", sorted(FILES))
def test_each_file_has_the_alert_that_it_is_called_after(name: str) -> None:
    (group,) = yaml.safe_load(FILES[name].read_text())["groups"]
    assert [rule["alert"] for rule in group["rules"]] == [name]


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_the_alert_of_a_scenario_fires_and_no_other_does(scenario: Scenario, rules: Rules, tmp_path: Path) -> None:
    as_file(rules, tmp_path / "rules.yaml")
    test = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [scenario.as_test(rules)]}
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test))

    promtool("test", "rules", tmp_path / "test.yaml")


def test_of_two_releases_in_a_namespace_the_one_that_is_down_is_told_and_only_that(tmp_path: Path) -> None:
    """For hours: what was seen of it an hour ago, and that the other one is there, make no difference."""
    rules = {release: rendered(release=release) for release in ("revrx-worker", "staging")}
    files = [as_file(of_release, tmp_path / f"{release}.yaml") for release, of_release in rules.items()]
    alert = {
        "exp_labels": {"severity": "critical", "namespace": NAMESPACE, "lease": "staging-revrx-worker"},
        "exp_annotations": rules["staging"]["RevrxOperatorDown"]["annotations"]
        | {"summary": f"No operator {NAMESPACE}/staging-revrx-worker of ReportWorkerPools is at work"},
    }
    test = {
        "interval": "1m",
        "input_series": [
            {"series": f"revrx_leading{{namespace='{NAMESPACE}', lease='revrx-worker'}}", "values": "1x300"},
            {
                "series": f"revrx_leading{{namespace='{NAMESPACE}', lease='staging-revrx-worker'}}",
                "values": "1x9 stale",
            },
        ],
        "alert_rule_test": [
            {"eval_time": f"{minute}m", "alertname": "RevrxOperatorDown", "exp_alerts": alerts}
            for minute, alerts in ((9, []), (15, [alert]), (290, [alert]))
        ],
    }
    tests = {"rule_files": [file.name for file in files], "evaluation_interval": "1m", "tests": [test]}
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(tests))

    promtool("test", "rules", tmp_path / "test.yaml")


@pytest.mark.parametrize(
    ("served", "selector"), [([], "revrx-system"), (["team-a", "team-b"], "team-a|team-b"), (["*"], ".+")]
)
def test_each_alert_about_pools_is_about_those_that_are_served(
    served: list[str], selector: str, tmp_path: Path
) -> None:
    rules = rendered(served)

    promtool("check", "rules", "--lint=all", "--lint-fatal", as_file(rules, tmp_path / "rules.yaml"))
    for name in rules.keys() - {"RevrxOperatorDown"}:
        assert f'namespace=~"{selector}"' in rules[name]["expr"], name


def test_every_alert_has_a_scenario_and_a_runbook_and_nothing_else_has() -> None:
    assert FILES.keys() == RUNBOOKS == {scenario.alert for scenario in scenarios()} - {None}


def test_each_alert_links_its_runbook() -> None:
    rules = rendered(runbookUrl="https://wiki.example.com/revrx/")

    assert {rule["annotations"]["runbook_url"] for rule in rules.values()} == {
        f"https://wiki.example.com/revrx/{name}" for name in FILES
    }


def test_the_list_of_the_runbooks_gives_each_severity(rules: Rules) -> None:
    page = (ROOT / "docs" / "runbooks" / "README.md").read_text()

    for name, rule in rules.items():
        assert f"| [`{name}`]({name}.md) | {rule['labels']['severity']} | " in page


def test_there_are_no_alerts_unless_they_are_asked_for() -> None:
    assert RULE not in by_name(render({}))


def test_an_alert_that_is_disabled_is_left_out() -> None:
    assert rendered(disabled=["RevrxPoolAtMax"]).keys() == FILES.keys() - {"RevrxPoolAtMax"}


def test_what_is_overridden_is_laid_over_the_alert_and_the_rest_stays(rules: Rules) -> None:
    changes = {
        "for": "2h",
        "labels": {"severity": "critical", "team": "reports"},
        "annotations": {"summary": "Too few"},
    }
    changed = rendered(overrides={"RevrxPoolAtMax": changes})

    before, after = rules.pop("RevrxPoolAtMax"), changed.pop("RevrxPoolAtMax")
    assert after == before | changes | {"annotations": before["annotations"] | changes["annotations"]}
    assert changed == rules


def test_labels_by_which_a_prometheus_chooses_its_rules_are_added() -> None:
    labels = by_name(render({"alerts": {"enabled": True, "labels": {"release": "prom"}}}))[RULE]["metadata"]["labels"]

    assert labels["release"] == "prom"
    assert labels["app.kubernetes.io/managed-by"] == "Helm"


@pytest.mark.parametrize("values", [{"disabled": ["RevrxQueueLong"]}, {"overrides": {"RevrxQueueLong": {"for": "1h"}}}])
def test_a_name_that_is_none_of_ours_is_refused_with_those_there_are(values: dict[str, Any]) -> None:
    with pytest.raises(
        Refused, match=r"alerts: RevrxQueueLong is none of this chart's alerts; there are .*RevrxQueueDeep"
    ):
        rendered(**values)


def test_a_field_that_an_alert_has_not_is_refused() -> None:
    with pytest.raises(Refused, match=r"'threshold'"):
        rendered(overrides={"RevrxQueueDeep": {"threshold": 5}})
