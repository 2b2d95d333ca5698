"""Breaking something in a sound resource, at any place that its schema knows."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from hypothesis import strategies as st

from revrx_operator.api.schema import Schema

Strategy = st.SearchStrategy[Any]

WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 7, 10**10, 10**20, 4.0, 4.5, 1e300, "", "4", "true", "x" * 2000, "a b\n", "ä", [], [None], ["x"],
    ["x", "x"], [[]], {}, {"name": "x"}, {"": ""}, "\u00a0", "\x00", "2026-11-23", "redis://127.0.0.1:1/0",
)  # fmt: skip
MOST_DAMAGES = 3


class Place(NamedTuple):
    """A value of a resource, and what the schema says of it."""

    holder: Any
    key: Any
    schema: Schema

    @property
    def value(self) -> Any:
        """What stands there."""
        return self.holder[self.key]


def damaged(resource: dict[str, Any], schema: Schema) -> Strategy:
    """The resource, broken in one to three places; the damage may turn out to be none."""

    @st.composite
    def draw_damaged(draw: st.DrawFn) -> dict[str, Any]:
        broken = deepcopy(resource)
        for _ in range(draw(st.integers(1, MOST_DAMAGES))):
            _damage(draw, broken, schema)
        return broken

    return draw_damaged()


def _damage(draw: st.DrawFn, broken: dict[str, Any], schema: Schema) -> None:
    place = draw(st.sampled_from(list(_places(broken, schema))))
    match draw(st.sampled_from(["wrong", "bound", "unknown", "missing", "twice", "added"])):
        case "wrong":
            place.holder[place.key] = draw(st.sampled_from(WRONG))
        case "bound":
            place.holder[place.key] = draw(st.sampled_from([*_beyond(place), *WRONG[:4]]))
        case "unknown" if isinstance(place.value, dict):
            place.value[draw(st.sampled_from(["nonsense", "Name", "image_pull_policy", "x.y"]))] = draw(
                st.sampled_from(WRONG)
            )
        case "twice" if isinstance(place.value, list) and place.value:
            place.value.append(deepcopy(draw(st.sampled_from(place.value))))
        case "added" if isinstance(place.value, dict) and "properties" in place.schema:
            place.value[draw(st.sampled_from(sorted(place.schema["properties"])))] = draw(st.sampled_from(WRONG))
        case _:
            del place.holder[place.key]


def _places(value: Any, schema: Schema) -> Iterator[Place]:
    """Every value in the metadata and in the spec, and these two themselves."""
    for name in ("metadata", "spec"):
        if name in value:
            yield Place(value, name, schema["properties"][name])
            yield from _below(value[name], schema["properties"][name])
    if not value.keys() & {"metadata", "spec"}:
        value["spec"] = {}
        yield Place(value, "spec", schema["properties"]["spec"])


def _below(value: Any, schema: Schema) -> Iterator[Place]:
    if isinstance(value, dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        for name in list(value):
            inner = schema.get("properties", {}).get(name) or schema.get("additionalProperties") or {}
            yield Place(value, name, inner)
            yield from _below(value[name], inner)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield Place(value, index, schema.get("items", {}))
            yield from _below(item, schema.get("items", {}))


def _beyond(place: Place) -> Iterator[Any]:
    """The last values within the bounds of the schema, and the first beyond them."""
    schema, value = place.schema, place.value
    for bound in ("minimum", "maximum"):
        if bound in schema:
            yield from (schema[bound] - 1, schema[bound], schema[bound] + 1, float(schema[bound]))
    for bound in ("minLength", "maxLength"):
        if bound in schema:
            yield from ("a" * max(0, schema[bound] + step) for step in (-1, 0, 1))
            yield "ä" * schema[bound]
    for bound in ("minItems", "maxItems"):
        if bound in schema and isinstance(value, list) and value:
            yield from ([deepcopy(value[0])] * max(0, schema[bound] + step) for step in (-1, 0, 1))
