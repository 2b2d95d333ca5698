"""The fields of the resource as Markdown, from its schema."""

import json
from collections.abc import Iterator
from typing import Any

from revrx_operator.api.crd import crd
from revrx_operator.api.schema import bounds_and_default

Schema = dict[str, Any]

AS_IN_A_POD = frozenset({"env", "envFrom", "imagePullSecrets", "resources"})
"""Fields whose inside everybody knows."""


def spec_table() -> str:
    """Fields of the spec."""
    return _table("spec", ("Field", "Type", "Default", "Meaning"))


def status_table() -> str:
    """Fields of the status; it has no defaults."""
    return _table("status", ("Field", "Type", "Meaning"))


def rules_list() -> str:
    """What is refused beyond the bounds of single fields, as the API server says it."""
    return "\n".join(f"- `{path}`: {message}" for path, message in _rules("", _resource()))


def _resource() -> Schema:
    (version,) = crd()["spec"]["versions"]
    return version["schema"]["openAPIV3Schema"]  # type: ignore[no-any-return]


def _table(part: str, columns: tuple[str, ...]) -> str:
    rows = [
        _row(path, node, required, columns) for path, node, required in _fields("", _resource()["properties"][part])
    ]
    return "\n".join([_line(columns), _line(["---"] * len(columns)), *rows])


def _row(path: str, node: Schema, required: bool, columns: tuple[str, ...]) -> str:
    cells = {
        "Field": f"`{path}`" + (" *required*" if required else ""),
        "Type": _type(node),
        "Default": f"`{json.dumps(node['default'])}`" if _has_scalar_default(node) else "",
        "Meaning": _meaning(node),
    }
    return _line([cells[column] for column in columns])


def _meaning(node: Schema) -> str:
    """The description without what has columns of its own."""
    text = " ".join(node.get("description", "").split())
    return text.removesuffix(bounds_and_default(node)).strip()


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _has_scalar_default(node: Schema) -> bool:
    return "default" in node and not isinstance(node["default"], dict)


def _fields(prefix: str, node: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """Every field below ``node`` with its path, an outer one before those in it."""
    for name, child in node.get("properties", {}).items():
        path = f"{prefix}{name}" + ("[]" if child["type"] == "array" else "")
        yield path, child, name in node.get("required", [])
        if name not in AS_IN_A_POD:
            yield from _fields(f"{path}.", child.get("items", child))


def _type(node: Schema) -> str:
    if "enum" in node:
        return " \\| ".join(node["enum"])
    if node["type"] == "array":
        return f"list of {node['items'].get('type', 'quantity')}s"
    if "minimum" in node and "maximum" in node:
        return f"integer, {node['minimum']} to {node['maximum']}"
    return str(node["type"])


def _rules(path: str, node: Schema) -> Iterator[tuple[str, str]]:
    for rule in node.get("x-kubernetes-validations", []):
        yield f"{path}{rule.get('fieldPath', '')}".lstrip("."), rule["message"]
    for name, child in node.get("properties", {}).items():
        yield from _rules(f"{path}.{name}", child)
    if "items" in node:
        yield from _rules(f"{path}[]", node["items"])
