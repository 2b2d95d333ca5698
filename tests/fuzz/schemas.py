"""Values that a structural schema takes, bounds included: a Hypothesis strategy for each node of it.

hypothesis-jsonschema knows neither x-kubernetes-* nor how to prefer what is worth trying.
"""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from revrx_operator.api.schema import Schema

Strategy = st.SearchStrategy[Any]
Domain = Mapping[str, Strategy]
"""Strategies for what a schema cannot say, by path: ``.spec.workers[].queues[]``."""

FEW = 3
"""Entries of a list or map, unless it is tried at its bounds."""
KEYED = ("x-kubernetes-list-map-keys", "x-kubernetes-list-type")

quantities = st.sampled_from([0, 1, 4096, "500m", "2", "1.5Gi", "4Gi", ".5", "1e3", "+1", "100k", "0"])


def values(schema: Schema, path: str = "", domain: Domain | None = None) -> Strategy:
    """What the node at ``path`` takes; the domain's own strategy where it has one."""
    domain = domain or {}
    if path in domain:
        return domain[path]
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "x-kubernetes-int-or-string" in schema:
        return quantities
    if schema["type"] == "object":
        return _objects(schema, path, domain)
    return _lists(schema, path, domain) if schema["type"] == "array" else _scalars(schema)


def _scalars(schema: Schema) -> Strategy:
    if schema["type"] == "boolean":
        return st.booleans()
    return _integers(schema) if schema["type"] == "integer" else _texts(schema)


def _objects(schema: Schema, path: str, domain: Domain) -> Strategy:
    if "additionalProperties" in schema:
        keys = domain.get(f"{path}{{}}", st.text("abc./-", min_size=1, max_size=8))
        return st.dictionaries(keys, values(schema["additionalProperties"], f"{path}[]", domain), max_size=FEW)
    fields = {name: values(node, f"{path}.{name}", domain) for name, node in schema.get("properties", {}).items()}
    required = schema.get("required", [])
    optional = {name: field for name, field in fields.items() if name not in required}
    return st.fixed_dictionaries({name: fields[name] for name in required}, optional=optional)


def _lists(schema: Schema, path: str, domain: Domain) -> Strategy:
    items, least, most = schema["items"], schema.get("minItems", 0), schema.get("maxItems", FEW)
    item = values(items, f"{path}[]", domain)
    unique = _uniqueness(schema)
    few = st.lists(item, min_size=least, max_size=min(most, max(FEW, least)), unique_by=unique)
    if items.get("type") not in {"integer", "string"}:
        return few
    return st.one_of(few, few, st.lists(item, min_size=most, max_size=most, unique_by=unique))


def _uniqueness(schema: Schema) -> Any:
    keys, kind = (schema.get(word) for word in KEYED)
    if keys:
        return lambda entry: entry[keys[0]]
    return (lambda entry: entry) if kind == "set" else None


def _integers(schema: Schema) -> Strategy:
    least, most = schema.get("minimum", 0), schema.get("maximum", 10**9)
    bounds = sorted({least, most, schema.get("default", least)})
    return st.one_of(st.sampled_from(bounds), st.integers(least, min(most, least + 20)), st.integers(least, most))


def _texts(schema: Schema) -> Strategy:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 64)
    if "pattern" in schema:
        fitting: Strategy = st.from_regex(schema["pattern"], fullmatch=True)
        return fitting.filter(lambda text: least <= len(text) <= most and "\n" not in text)
    letters = st.characters(codec="utf-8")
    return st.one_of(
        st.text(letters, min_size=least, max_size=min(most, least + 12)),
        st.sampled_from([least, most]).map(lambda size: "ä" * size),
    )
