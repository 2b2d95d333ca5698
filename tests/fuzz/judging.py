"""Whether the API server and ``validate`` say the same of a resource."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from revrx_operator.api.windows import NEVER, NO_ZONE
from revrx_operator.kubeapi import as_yaml
from revrx_operator.validate.files import CheckedPool, check_file

ONLY_THE_OPERATOR_KNOWS = (NEVER, NO_ZONE)
"""What the API server lets through, for no rule of CEL can say it; the operator says it in the condition Ready."""


class Agreement(StrEnum):
    """How far the two agree."""

    ACCEPTED = "accepted by both"
    SAME_FIELDS = "refused by both, the same fields named"
    ALL_FIELDS = "refused by both, validate names more"
    SOME_FIELDS = "refused by both, the server names more as well"
    OPERATOR = "left to the operator's condition, and told by validate"
    VERDICT = "DISAGREE on the verdict"
    FIELDS = "DISAGREE on the field"


SAD = frozenset({Agreement.VERDICT, Agreement.FIELDS})
ACCEPTED = frozenset({Agreement.ACCEPTED, Agreement.OPERATOR, Agreement.VERDICT})


@dataclass(frozen=True)
class Told:
    """What ``validate`` says of a resource, given to it as a file."""

    fields: frozenset[str]
    messages: tuple[str, ...]

    @property
    def by_operator_only(self) -> bool:
        """Whether the API server cannot know any of it."""
        return bool(self.messages) and all(message.startswith(ONLY_THE_OPERATOR_KNOWS) for message in self.messages)


def validated(pool: dict[str, Any]) -> Told:
    """Write the resource down, every text in quotes, and have it checked."""
    text = as_yaml(pool, indent=1)
    (checked,) = (entry for entry in check_file("pool.yaml", text) if isinstance(entry, CheckedPool))
    last = text.count("\n") + 1
    assert all(1 <= finding.line <= last for finding in checked.findings)
    return Told(
        frozenset(finding.field for finding in checked.findings),
        tuple(finding.message for finding in checked.findings),
    )


def agreement(refused: Collection[str] | None, told: Told) -> Agreement:
    """``refused`` are the fields that the API server names; None where it takes the resource."""
    if refused is None:
        if told.by_operator_only:
            return Agreement.OPERATOR
        return Agreement.VERDICT if told.fields else Agreement.ACCEPTED
    if not told.fields:
        return Agreement.VERDICT
    if set(refused) == told.fields:
        return Agreement.SAME_FIELDS
    named = [field for field in refused if any(_is_about(field, own) for own in told.fields)]
    if not named:
        return Agreement.FIELDS
    return Agreement.ALL_FIELDS if len(named) == len(refused) else Agreement.SOME_FIELDS


def _is_about(field: str, own: str) -> bool:
    """A list may be named where an entry is at fault, by either side."""
    return field == own or own.startswith((f"{field}.", f"{field}[")) or field.startswith((f"{own}.", f"{own}["))
