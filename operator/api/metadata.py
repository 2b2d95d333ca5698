"""What the API server holds the metadata of every object to, as far as its user writes them.

Kubernetes 1.37, apimachinery, pkg/api/validation/objectmeta.go and pkg/util/validation/validation.go.
"""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
NAME_PART = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
LONGEST_NAME = 253
LONGEST_NAMESPACE = 63
ANNOTATIONS_BYTES = 256 * 1024


def _name(pattern: str, longest: int) -> AfterValidator:
    sentence = f"must be at most {longest} lower case letters, digits and dashes, a letter or digit at each end"

    def check(value: str) -> str:
        if len(value) > longest or not re.fullmatch(pattern, value):
            raise PydanticCustomError("name", sentence)
        return value

    return AfterValidator(check)


NAME = _name(SUBDOMAIN, LONGEST_NAME)
NAMESPACE = _name(LABEL, LONGEST_NAMESPACE)


def _labels(labels: dict[str, str]) -> dict[str, str]:
    _keys(labels)
    for value in labels.values():
        if value and not re.fullmatch(NAME_PART, value):
            raise PydanticCustomError(
                "label",
                "has a value that no label may have: at most 63 letters, digits, dashes, dots and underscores, "
                "a letter or digit at each end",
            )
    return labels


def _annotations(annotations: dict[str, str]) -> dict[str, str]:
    _keys({key.lower(): value for key, value in annotations.items()})
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > ANNOTATIONS_BYTES:
        raise PydanticCustomError("annotations", "is too long; all annotations together have room for 256 KiB")
    return annotations


def _keys(entries: dict[str, str]) -> None:
    for key in entries:
        prefix, slash, name = key.rpartition("/")
        fits = not slash or (len(prefix) <= LONGEST_NAME and re.fullmatch(SUBDOMAIN, prefix))
        if not fits or not re.fullmatch(NAME_PART, name):
            raise PydanticCustomError("key", "has a key that is none such as app or example.com/app")


class Metadata(BaseModel):
    """The metadata of a pool that is yet to be created; what the API server alone sets may be there and is not read."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)

    name: Annotated[str, NAME] | None = None
    generate_name: str | None = None
    namespace: Annotated[str, NAMESPACE] | None = None
    labels: Annotated[dict[str, str], AfterValidator(_labels)] = Field(default_factory=dict)
    annotations: Annotated[dict[str, str], AfterValidator(_annotations)] = Field(default_factory=dict)
    finalizers: list[str] = Field(default_factory=list)
    owner_references: list[dict[str, Any]] = Field(default_factory=list)
    creation_timestamp: Any = None
    deletion_grace_period_seconds: Any = None
    deletion_timestamp: Any = None
    generation: Any = None
    managed_fields: Any = None
    resource_version: Any = None
    self_link: Any = None
    uid: Any = None

    @property
    def example_name(self) -> str:
        """The name, or one such as the API server would generate."""
        return self.name or f"{self.generate_name}xxxxx"
