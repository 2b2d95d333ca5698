"""Reading a spec as its user wrote it, with every fault told by its field."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from revrx_operator.api import rules
from revrx_operator.api.rule import BROKEN_RULES, broken
from revrx_operator.api.spec import PoolSpec

LONGEST_INPUT_SHOWN = 80


class InvalidSpec(ValueError):
    """A spec that the API server would refuse; ``errors`` has a line for each fault, the field's path in front."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = tuple(errors)


def parse_spec(raw: Mapping[str, Any]) -> PoolSpec:
    """The spec of a pool as it is on the wire. Raises InvalidSpec."""
    try:
        return PoolSpec.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InvalidSpec([line for fault in error.errors() for line in _lines(fault)]) from None


def parse_pool(raw: Mapping[str, Any]) -> PoolSpec:
    """The spec of a whole ReportWorkerPool, held to what goes beyond the spec as well. Raises InvalidSpec."""
    spec = parse_spec(raw.get("spec") or {})
    if not isinstance((raw.get("metadata") or {}).get("name"), str):
        raise InvalidSpec(["metadata.name: required, and not there"])
    if faults := broken(rules.RESOURCE, raw):
        raise InvalidSpec([f"{field}: {message}" for field, message in faults])
    return spec


def _lines(fault: ErrorDetails) -> Iterator[str]:
    path = _path(fault["loc"])
    if fault["type"] == BROKEN_RULES:
        for field, message in fault["ctx"][BROKEN_RULES]:
            yield f"{path}{'.' if field else ''}{field}: {message}"
    elif fault["type"] == "missing":
        yield f"{path}: required, and not there"
    elif fault["type"] == "extra_forbidden":
        yield f"{path}: unknown field; check its spelling and where it belongs"
    else:
        yield f"{path}: {_with_value(fault['msg'], fault['input'])}"


def _with_value(message: str, value: Any) -> str:
    """``Input should be a valid integer`` as ``"4" should be a valid integer``."""
    if message.startswith("Input "):
        return f"{_shown(value)}{message.removeprefix('Input')}"
    told = f"{message[:1].lower()}{message[1:]}"
    return f"{told}, not {_shown(value)}" if isinstance(value, str) else told


def _path(location: Sequence[int | str]) -> str:
    """``('workers', 0, 'name')`` as ``spec.workers[0].name``."""
    return "spec" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= LONGEST_INPUT_SHOWN else f"{text[:LONGEST_INPUT_SHOWN]}…"
