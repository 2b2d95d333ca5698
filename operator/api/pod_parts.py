"""Pieces of a pod that the resource takes over as they are: dicts in the shape of the Kubernetes API.

Typed as far as the operator reads them, or a user's slip should be told before there is a Deployment; the rest is
passed through and judged by the API server.
"""

import re
from typing import Annotated, Any, NotRequired

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict  # pydantic cannot read the one of Python 3.11

from revrx_operator.api import rules
from revrx_operator.api.rule import Rules

closed = with_config(ConfigDict(extra="forbid", strict=True))

Name = Annotated[str, Field(min_length=1, max_length=253)]


@closed
class KeySelector(TypedDict):
    """One key of a Secret or ConfigMap in the pool's namespace."""

    name: Annotated[Name, Field(description="Name of the object.")]
    key: Annotated[Name, Field(description="Key within the object.")]
    optional: NotRequired[Annotated[bool, Field(description="Whether the worker may start without it.")]]


@closed
class ValueSource(TypedDict):
    """Where a variable's value comes from."""

    secretKeyRef: NotRequired[Annotated[KeySelector, Field(description="Key of a Secret.")]]
    configMapKeyRef: NotRequired[Annotated[KeySelector, Field(description="Key of a ConfigMap.")]]
    fieldRef: NotRequired[Annotated[dict[str, Any], Field(description="Field of the pod.")]]
    resourceFieldRef: NotRequired[Annotated[dict[str, Any], Field(description="Request or limit of a container.")]]
    fileKeyRef: NotRequired[Annotated[dict[str, Any], Field(description="Key of a file in a volume.")]]


@closed
class EnvEntry(TypedDict):
    """A variable of the worker container."""

    name: Annotated[Name, Field(description="Name of the variable.")]
    value: NotRequired[Annotated[str, Field(max_length=32768, description="Its value.")]]
    valueFrom: NotRequired[Annotated[ValueSource, Field(description="Where its value comes from, instead of value.")]]


EnvVar = Annotated[EnvEntry, Rules(rules.ENV_VAR)]


@closed
class ObjectSource(TypedDict):
    """A Secret or ConfigMap in the pool's namespace."""

    name: Annotated[Name, Field(description="Name of the object.")]
    optional: NotRequired[Annotated[bool, Field(description="Whether the worker may start without it.")]]


@closed
class EnvSource(TypedDict):
    """Every key of a Secret or ConfigMap as a variable."""

    prefix: NotRequired[Annotated[str, Field(max_length=253, description="Put in front of every key.")]]
    secretRef: NotRequired[Annotated[ObjectSource, Field(description="The Secret.")]]
    configMapRef: NotRequired[Annotated[ObjectSource, Field(description="The ConfigMap.")]]


@closed
class SecretName(TypedDict):
    """A Secret in the pool's namespace."""

    name: Annotated[Name, Field(description="Name of the Secret.")]


# k8s.io/apimachinery, pkg/api/resource, ParseQuantity.
QUANTITY = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?"
LARGEST_INTEGER = 2**63 - 1
"""Of the API server: a larger one it takes for a number with a point."""


def _quantity(value: Any) -> str | int:
    """Told by one sentence, where each half of a union would tell its own."""
    if isinstance(value, str) and re.fullmatch(QUANTITY, value):
        return value
    if type(value) is int and abs(value) <= LARGEST_INTEGER:
        return value
    cure = "must be a quantity such as 500m, 2 or 4Gi, a number with a point in quotes"
    raise PydanticCustomError("quantity", cure)


Quantity = Annotated[
    str | int,
    BeforeValidator(_quantity),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "pattern": f"^{QUANTITY}$",
        }
    ),
]


@closed
class Resources(TypedDict):
    """Requests and limits of a container."""

    requests: NotRequired[Annotated[dict[str, Quantity], Field(description="What the scheduler sets aside.")]]
    limits: NotRequired[Annotated[dict[str, Quantity], Field(description="What the container may use at most.")]]
    claims: NotRequired[Annotated[list[dict[str, Any]], Field(max_length=32, description="Resource claims.")]]
