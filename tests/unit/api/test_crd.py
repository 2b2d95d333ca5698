from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from revrx_operator.api.crd import chart_template, crd, crd_yaml
from revrx_operator.api.spec import PATTERNS
from revrx_operator.api.validation import parse_pool
from tools import generate

ROOT = Path(__file__).parents[3]
FORBIDDEN = {"$ref", "$defs", "title", "const", "nullable", "uniqueItems", "oneOf", "exclusiveMinimum"}


def schema() -> dict[str, Any]:
    (version,) = crd()["spec"]["versions"]
    return version["schema"]["openAPIV3Schema"]  # type: ignore[no-any-return]


def nodes(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if key in node:
            yield from nodes(node[key], f"{path}[]")


@pytest.mark.parametrize("file", generate.FILES, ids=str)
def test_the_generated_files_are_up_to_date(file: str) -> None:
    assert (ROOT / file).read_text() == generate.content(ROOT, file), "stale; run: make crds"


def test_every_node_has_a_type_and_nothing_that_a_structural_schema_forbids() -> None:
    for path, node in nodes(schema()):
        assert "type" in node or "x-kubernetes-int-or-string" in node, path
        assert not FORBIDDEN & node.keys(), path
        assert not ("properties" in node and "additionalProperties" in node), path


def test_every_field_is_described() -> None:
    """apiVersion, kind and metadata the API server describes itself."""
    for path, node in nodes(schema()):
        if path.startswith((".spec", ".status")) and not path.endswith("[]"):
            assert node.get("description"), path


def test_a_description_tells_bounds_and_default_for_kubectl_explain_shows_neither() -> None:
    for path, node in nodes(schema()["properties"]["spec"]):
        text = node.get("description", "")
        if "minimum" in node and "maximum" in node and not path.endswith("[]"):
            assert f"From {node['minimum']} to {node['maximum']}." in text, path
        if "default" in node and not isinstance(node["default"], dict):
            assert "Default: " in text, path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            ".workers[].concurrency",
            "Tasks that one replica runs at a time: celery --concurrency. From 1 to 1000. Default: 4.",
        ),
        (".workers[].pool", "Execution pool: celery --pool. Default: prefork."),
        (".paused", "true holds every replica count where it is; everything else goes on. Default: false."),
    ],
)
def test_a_field_reads_like_documentation(path: str, text: str) -> None:
    assert dict(nodes(schema()["properties"]["spec"]))[path]["description"] == text


def test_every_rule_says_what_to_do_about_a_field_that_exists() -> None:
    for path, node in nodes(schema()):
        for rule in node.get("x-kubernetes-validations", []):
            assert rule["message"], path
            assert "{" not in rule["message"], path
            at = node
            for step in rule.get("fieldPath", "").split(".")[1:]:
                at = at["properties"][step]


def test_lists_of_named_things_are_maps() -> None:
    keys = {path: node["x-kubernetes-list-map-keys"] for path, node in nodes(schema()) if _is_map(node)}
    assert keys == {
        ".spec.env": ["name"],
        ".spec.workers": ["name"],
        ".status.conditions": ["type"],
        ".status.groups": ["name"],
    }


def _is_map(node: dict[str, Any]) -> bool:
    return node.get("x-kubernetes-list-type") == "map"


def test_the_api_server_fills_in_what_the_operator_would() -> None:
    spec = schema()["properties"]["spec"]["properties"]
    group = spec["workers"]["items"]["properties"]
    assert spec["imagePullPolicy"]["default"] == "IfNotPresent"
    assert spec["paused"]["default"] is False
    assert group["scaling"]["default"]["scaleDown"] == {"stabilizationSeconds": 300, "maxReplicasPerMinute": 4}
    assert spec["flower"]["default"] == {"enabled": False}
    assert "default" not in spec["flower"]["properties"]["resources"]
    assert "default" not in group["resources"], "a default of two halves would be merged with the user's one half"


def test_the_pod_template_is_kept_as_it_is() -> None:
    group = schema()["properties"]["spec"]["properties"]["workers"]["items"]["properties"]
    assert group["podTemplate"]["x-kubernetes-preserve-unknown-fields"] is True


def test_the_columns_tell_how_the_pool_does() -> None:
    (version,) = crd()["spec"]["versions"]
    columns = [column["name"] for column in version["additionalPrinterColumns"]]
    assert columns == ["Ready", "Replicas", "Desired", "Waiting", "Oldest", "Reason", "Age"]
    assert version["subresources"] == {"status": {}}


def test_the_chart_carries_the_same_definition_and_keeps_it_on_uninstall() -> None:
    first, *lines, last = chart_template().splitlines(keepends=True)
    assert (first, last) == ("{{- if .Values.crds.install }}\n", "{{- end }}\n")
    definition = yaml.safe_load("".join(lines))
    assert definition["metadata"].pop("annotations") == {"helm.sh/resource-policy": "keep"}
    assert definition == yaml.safe_load(crd_yaml())


@pytest.mark.parametrize("file", sorted(ROOT.glob("examples/*.yaml")), ids=lambda file: file.stem)
def test_the_examples_are_valid(file: Path) -> None:
    parse_pool(yaml.safe_load(file.read_text()))


def test_every_pattern_of_the_spec_is_told_in_words() -> None:
    spec = dict(nodes(schema()))[".spec"]
    patterns = {node["pattern"] for _, node in nodes(spec) if node.get("type") == "string" and "pattern" in node}

    assert patterns <= PATTERNS.keys()
