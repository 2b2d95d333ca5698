"""Rules between the fields of one object, each said once: as CEL for the API server, as Python for everyone else.

A message may name fields of the object in braces, dotted where they lie deeper (``{brokerFailure.replicas}``). Python
adds their values. The API server cannot: a message made of numbers alone exceeds its cost budget (Kubernetes 1.37).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

BROKEN_RULES = "broken_rules"
"""Type of the pydantic error that carries every rule an object breaks, in its context under the same name."""

MISSING = "required, and not there"
UNKNOWN_FIELD = "unknown field; check its spelling and where it belongs"

_PLACEHOLDER = re.compile(r"\{([\w.]+)\}")

Location = tuple[str | int, ...]
"""The way to a value: names of fields, indexes of entries."""


class Fault(NamedTuple):
    """What is wrong at one place of an object, and what to do about it."""

    location: Location
    message: str

    @property
    def field(self) -> str:
        """``("spec", "workers", 0, "name")`` as ``spec.workers[0].name``."""
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.location).lstrip(".")

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def _nowhere_else(_: Any) -> Location:
    return ()


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold within one object of the resource."""

    cel: str
    holds: Callable[[Any], bool]
    """The same for the object as pydantic has read it."""
    field: str
    """The field that the message is about, by its path within the object; empty for the object itself."""
    message: str
    """What is wrong and what to do, without the field's name in front."""
    entry: Callable[[Any], Location] = _nowhere_else
    """Where in the field the first entry at fault is, which the API server cannot tell."""

    def validation(self) -> dict[str, Any]:
        """An entry of x-kubernetes-validations."""
        entry = {"rule": self.cel, "message": _PLACEHOLDER.sub(r"\1", self.message)}
        if self.field:
            entry["fieldPath"] = f".{self.field}"
        return entry

    def told_about(self, wire: Mapping[str, Any]) -> str:
        """The message with the object's values in it."""
        return _PLACEHOLDER.sub(lambda match: f"{match[1]} {_at(wire, match[1])}", self.message)

    def location(self, value: Any) -> Location:
        """Where the message belongs, within a value that breaks the rule."""
        return (*filter(None, self.field.split(".")), *self.entry(value))


@dataclass(frozen=True)
class Rules:
    """Annotation: holds values of a type that is not a Part to rules."""

    rules: tuple[Rule, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), **validations(self.rules)}

    def _checked(self, value: Any) -> Any:
        check(self.rules, value)
        return value


def check(rules: tuple[Rule, ...], value: Any) -> None:
    """Raises one error for all the rules that ``value`` breaks."""
    if told := broken(rules, value):
        raise PydanticCustomError(BROKEN_RULES, "breaks its rules", {BROKEN_RULES: told})


def broken(rules: tuple[Rule, ...], value: Any) -> list[Fault]:
    """A fault, located within ``value``, for each rule that it breaks."""
    wire = value.model_dump(by_alias=True) if isinstance(value, BaseModel) else value
    return [Fault(rule.location(value), rule.told_about(wire)) for rule in rules if not rule.holds(value)]


def validations(rules: tuple[Rule, ...]) -> dict[str, Any]:
    """The rules as a piece of the schema."""
    entries = [rule.validation() for rule in rules]
    return {"x-kubernetes-validations": entries} if entries else {}


def _at(wire: Mapping[str, Any], path: str) -> Any:
    return reduce(lambda value, name: value[name], path.split("."), wire)
