"""What the API server makes of an object before it validates it, so that a file is judged as it would be stored.

Kubernetes 1.37, apiextensions-apiserver, pkg/apiserver/schema: a null in place of a field is as if it were not there,
JSON knows no difference between 4 and 4.0, and a field that the schema does not know is refused by strict clients.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from revrx_operator.api.rule import UNKNOWN_FIELD, Fault, Location
from revrx_operator.api.schema import Schema

MOST_EXACT = 2**53 - 1
"""Up to here each whole number of JSON is exact."""


def as_stored(value: Any, schema: Schema) -> Any:
    """The value without nulls in place of fields, its whole numbers as integers."""
    if isinstance(value, Mapping) and not _keeps_unknown(schema):
        known = {name: item for name, item in value.items() if item is not None or not _takes(schema, name)}
        return {name: as_stored(item, _inside(schema, name)) for name, item in known.items()}
    if isinstance(value, list):
        return [as_stored(item, schema.get("items", {})) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) <= MOST_EXACT and _is_integer(schema):
        return int(value)
    return value


def unknown_fields(value: Any, schema: Schema, location: Location = ()) -> Iterator[Fault]:
    """A fault for each field that the schema does not know."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_fields(item, schema.get("items", {}), (*location, index))
    if not isinstance(value, Mapping) or _keeps_unknown(schema):
        return
    for name, item in value.items():
        if "properties" in schema and not _takes(schema, name):
            yield Fault((*location, name), UNKNOWN_FIELD)
        else:
            yield from unknown_fields(item, _inside(schema, name), (*location, name))


def twins(value: Any, schema: Schema, location: Location = ()) -> Iterator[Fault]:
    """A fault for each entry that is there for the second time in a list of the type set or map.

    Looked for by the schema and not by rules: whatever else is wrong, the API server tells of these.
    """
    if isinstance(value, list):
        yield from _twins_of_list(value, schema, location)
        for index, item in enumerate(value):
            yield from twins(item, schema.get("items", {}), (*location, index))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from twins(item, _inside(schema, name), (*location, name))


def _twins_of_list(entries: list[Any], schema: Schema, location: Location) -> Iterator[Fault]:
    seen = set()
    for index, entry in enumerate(entries):
        told = _identity(entry, schema)
        if told in seen:
            yield Fault((*location, index), f"{told} is there twice; remove or change one of the two")
        if told:
            seen.add(told)


def _identity(entry: Any, schema: Schema) -> str:
    """What no other entry may have, in words; empty where others may have the same, or it has none."""
    if schema.get("x-kubernetes-list-type") == "set":
        return json.dumps(entry, sort_keys=True, default=str, ensure_ascii=False)
    keys = schema.get("x-kubernetes-list-map-keys", ())
    if not keys or not isinstance(entry, Mapping) or not all(key in entry for key in keys):
        return ""
    return ", ".join(f"{key} {json.dumps(entry[key], default=str, ensure_ascii=False)}" for key in keys)


def _inside(schema: Schema, name: str) -> Schema:
    inner: Schema = schema.get("properties", {}).get(name) or schema.get("additionalProperties") or {}
    return inner


def _takes(schema: Schema, name: str) -> bool:
    return "additionalProperties" in schema or name in schema.get("properties", {})


def _keeps_unknown(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-preserve-unknown-fields"))


def _is_integer(schema: Schema) -> bool:
    return schema.get("type") == "integer" or "x-kubernetes-int-or-string" in schema
