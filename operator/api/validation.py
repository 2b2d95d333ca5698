"""Reading a spec as its user wrote it, with every fault told by its field."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from revrx_operator.api import GROUP, VERSION, rules
from revrx_operator.api.crd import resource_schema
from revrx_operator.api.metadata import Metadata
from revrx_operator.api.rule import BROKEN_RULES, MISSING, UNKNOWN_FIELD, Fault, Location, broken
from revrx_operator.api.spec import PATTERNS, PoolSpec
from revrx_operator.api.wire import as_stored, twins, unknown_fields

Model = TypeVar("Model", bound=BaseModel)

LONGEST_INPUT_SHOWN = 80
API_VERSION = f"{GROUP}/{VERSION}"


class InvalidSpec(ValueError):
    """A pool that the API server would refuse, with a fault for each field."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)

    @property
    def errors(self) -> tuple[str, ...]:
        """A line for each fault, the field's path in front."""
        return tuple(map(str, self.faults))


def parse_spec(raw: Mapping[str, Any]) -> PoolSpec:
    """The spec of a pool as it is stored. Raises InvalidSpec."""
    faults = [*twins(raw, _schema()["properties"]["spec"], ("spec",))]
    try:
        spec = _read(PoolSpec, raw, "spec")
    except InvalidSpec as error:
        raise InvalidSpec([*faults, *error.faults]) from None
    if faults := [*faults, *_in_windows(spec)]:
        raise InvalidSpec(faults)
    return spec


def _in_windows(spec: PoolSpec) -> Iterator[Fault]:
    """Last of all: what the API server would refuse is told whatever the windows are."""
    for group, worker in enumerate(spec.workers):
        for number, window in enumerate(worker.scaling.windows):
            for fault in window.beyond_rules():
                yield Fault(("spec", "workers", group, "scaling", "windows", number, *fault.location), fault.message)


def parse_pool(raw: Mapping[str, Any]) -> PoolSpec:
    """The spec of a whole ReportWorkerPool as its user wrote it, held to all that the API server would hold it to.

    Raises InvalidSpec.
    """
    stored = as_stored(raw, _schema())
    faults = [*_outside_the_spec(stored)]
    spec, metadata = None, None
    try:
        metadata = _read_metadata(stored)
    except InvalidSpec as error:
        faults += error.faults
    try:
        spec = _read_spec(stored)
    except InvalidSpec as error:
        faults += error.faults
    if spec and metadata:
        faults += broken(rules.RESOURCE, {**stored, "metadata": {"name": metadata.example_name}})
    if spec is None or faults:
        raise InvalidSpec(faults)
    return spec


@cache
def _schema() -> dict[str, Any]:
    """The schema of the resource, with the metadata that every object may have."""
    schema = resource_schema()
    metadata = {"type": "object", "properties": Metadata.model_json_schema(by_alias=True)["properties"]}
    return {**schema, "properties": {**schema["properties"], "metadata": metadata}}


def _outside_the_spec(stored: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of what is neither metadata nor spec. Of a status nothing is stored when a pool is created."""
    rest = {name: value for name, value in stored.items() if name not in {"metadata", "spec"}}
    yield from unknown_fields(rest, _schema())
    if stored.get("apiVersion", API_VERSION) != API_VERSION:
        yield Fault(("apiVersion",), f"must be {API_VERSION}")


def _read_metadata(stored: Mapping[str, Any]) -> Metadata:
    metadata = _read(Metadata, stored.get("metadata", {}), "metadata")
    if not metadata.name and not metadata.generate_name:
        raise InvalidSpec([Fault(("metadata", "name"), MISSING)])
    return metadata


def _read_spec(stored: Mapping[str, Any]) -> PoolSpec:
    if "spec" not in stored:
        raise InvalidSpec([Fault(("spec",), MISSING)])
    return parse_spec(stored["spec"])


def _read(model: type[Model], raw: Any, name: str) -> Model:
    try:
        return model.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InvalidSpec([told for fault in error.errors() for told in _faults(fault, name)]) from None


def _faults(fault: ErrorDetails, name: str) -> Iterator[Fault]:
    location: Location = (name, *fault["loc"])
    if fault["type"] == BROKEN_RULES:
        for inner in fault["ctx"][BROKEN_RULES]:
            yield Fault((*location, *inner.location), inner.message)
    elif fault["type"] == "missing":
        yield Fault(location, MISSING)
    elif fault["type"] == "extra_forbidden":
        yield Fault(location, UNKNOWN_FIELD)
    elif fault["type"] == "string_pattern_mismatch":
        yield Fault(location, f"{_shown(fault['input'])} {PATTERNS[fault['ctx']['pattern']]}")
    elif fault["type"] in {"model_type", "dict_type"}:
        yield Fault(location, f"{_shown(fault['input'])} should be an object of fields and values")
    else:
        yield Fault(location, _with_value(fault["msg"], fault["input"]))


def _with_value(message: str, value: Any) -> str:
    """``Input should be a valid integer`` as ``"4" should be a valid integer``."""
    if message.startswith("Input "):
        return f"{_shown(value)}{message.removeprefix('Input')}"
    told = f"{message[:1].lower()}{message[1:]}"
    return f"{told}, not {_shown(value)}" if isinstance(value, str) else told


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= LONGEST_INPUT_SHOWN else f"{text[:LONGEST_INPUT_SHOWN]}…"
