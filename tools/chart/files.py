"""values.yaml and values.schema.json, from the models of the values."""

import json
import textwrap
from collections.abc import Iterator
from typing import Any

import yaml

from tools.chart.section import Section
from tools.chart.values import Values

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft-07/schema#"
WIDTH = 120
HEAD = "# Written from tools/chart/values.py by `make crds`: change them there.\n"


def values_yaml() -> str:
    """The values with their defaults, each under its description as helm-docs reads it."""
    return HEAD + "\n".join(_entries(Values(), "")) + "\n"


def _entries(section: Section, indent: str) -> Iterator[str]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if not indent:
            yield ""
        if isinstance(value, Section):
            yield from _comment(value.__doc__ or "", indent)
            yield f"{indent}{field.alias}:"
            yield from _entries(value, f"{indent}  ")
        else:
            yield from _comment(f"-- {field.description}", indent)
            yield f"{indent}{field.alias}: {_flow(value)}"


def _comment(text: str, indent: str) -> list[str]:
    start = f"{indent}# "
    return textwrap.wrap(" ".join(text.split()), WIDTH, initial_indent=start, subsequent_indent=start)


def _flow(value: object) -> str:
    """The value on one line."""
    if value == "":
        return '""'
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=2000).removesuffix("...\n").strip()


def values_schema() -> str:
    """The schema that Helm holds the values to. Helm itself adds ``global`` where the chart is a part of another."""
    schema = Values.model_json_schema(by_alias=True)
    plain = _plain(schema, schema["$defs"])
    plain["properties"]["global"] = {"type": "object"}
    return json.dumps({"$schema": DIALECT, "title": Values.__doc__, **plain}, indent=2, ensure_ascii=False) + "\n"


def _plain(node: Any, definitions: Schema) -> Any:
    """The node with its references written out, which every version of Helm reads, and without pydantic's titles."""
    if isinstance(node, list):
        return [_plain(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(definitions[node["$ref"].rpartition("/")[2]], definitions)
    kept = {key: value for key, value in node.items() if key != "$defs" and not _is_title(key, value)}
    return {key: value if key == "default" else _plain(value, definitions) for key, value in kept.items()}


def _is_title(key: str, value: object) -> bool:
    """A property might be called title, and would then be a schema."""
    return key == "title" and isinstance(value, str)
