"""A pydantic model as a structural schema, the subset of OpenAPI that a CRD may hold.

The rules are those of https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
("Specifying a structural schema"): no references, no additionalProperties beside properties, a type everywhere.
"""

import json
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

_DROPPED = frozenset({"title", "additionalProperties", "default", "$defs", "$ref"})


def structural_schema(model: type[BaseModel]) -> Schema:
    """The schema of ``model`` as it is on the wire, its references written out."""
    schema = model.model_json_schema(by_alias=True)
    return _structural(schema, schema.get("$defs", {}))


def _structural(node: Schema, definitions: Schema) -> Schema:
    node = _resolved(node, definitions)
    result = {key: value for key, value in node.items() if key not in _DROPPED}
    if _is_constant(node.get("default")):
        result["default"] = node["default"]
    if "description" in result:
        result["description"] = f"{result['description']} {bounds_and_default(result)}".strip()
    if "properties" in node:
        result["properties"] = {key: _structural(value, definitions) for key, value in node["properties"].items()}
    if "items" in node:
        result["items"] = _structural(node["items"], definitions)
    return result | _map_values(node, definitions)


def bounds_and_default(node: Schema) -> str:
    """What ``kubectl explain`` leaves out unless the description tells it: ``From 1 to 1000. Default: 4.``"""
    told = f"From {node['minimum']} to {node['maximum']}." if {"minimum", "maximum"} <= node.keys() else ""
    default = node.get("default")
    if default is None or isinstance(default, dict):
        return told
    shown = json.dumps(default) if not isinstance(default, str) or not default.isprintable() else default
    return f"{told} Default: {shown or 'empty'}.".strip()


def _resolved(node: Schema, definitions: Schema) -> Schema:
    """The node without ``$ref`` and without the null of an Optional; its own words win over those it refers to."""
    if "anyOf" in node and "x-kubernetes-int-or-string" not in node:
        (only,) = (choice for choice in node["anyOf"] if choice != {"type": "null"})
        return _resolved({**only, **{key: value for key, value in node.items() if key != "anyOf"}}, definitions)
    if "$ref" in node:
        target = definitions[node["$ref"].rpartition("/")[2]]
        return _resolved({**target, **{key: value for key, value in node.items() if key != "$ref"}}, definitions)
    return node


def _is_constant(default: Any) -> bool:
    """Defaults that the API server writes into the stored object: scalars, and objects made of them."""
    return isinstance(default, bool | int | str | dict)


def _map_values(node: Schema, definitions: Schema) -> Schema:
    """What a map may hold: anything, which is kept as it is, or values of one schema."""
    values = node.get("additionalProperties")
    if values is True:
        return {"x-kubernetes-preserve-unknown-fields": True}
    return {"additionalProperties": _structural(values, definitions)} if values else {}
