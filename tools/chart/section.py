"""What every section of the chart's values has in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from revrx_operator.api.metadata import LABEL

Labels = dict[str, str]
Objects = list[dict[str, Any]]
"""Pieces of a pod or a policy in the shape of the Kubernetes API, which judges them."""
Anything = dict[str, Any]
DnsLabel = Annotated[str, Field(max_length=63, pattern=f"^{LABEL}$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A section of the values: camelCase in YAML, unknown keys refused, a default for everything.

    Its docstring is the comment above it in values.yaml; the description of a field is that of the value.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)
