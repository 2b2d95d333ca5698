"""What every piece of the resource has in common."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from pydantic_core import CoreSchema

from revrx_operator.api.rule import Rule, check, validations

# Words of the schema that only the API server has.
SET: JsonDict = {"x-kubernetes-list-type": "set"}
BY_NAME: JsonDict = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}


class Part(BaseModel):
    """A piece of the resource: camelCase on the wire, unknown fields refused, never changed after reading."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, strict=True)

    rules: ClassVar[tuple[Rule, ...]] = ()
    """What must hold between the fields."""

    @model_validator(mode="after")
    def _keeps_its_rules(self) -> Self:
        check(self.rules, self)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        json_schema = handler.resolve_ref_schema(handler(schema))
        json_schema.update(validations(cls.rules))
        return json_schema


def filled_in(part: type[Part]) -> JsonDict:
    """Lets the API server put in the whole object; it holds a default to the rules before it fills in the fields."""
    return {"default": part().model_dump(by_alias=True, exclude_none=True)}
