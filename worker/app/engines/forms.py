"""What is wrong with an answer that has not the form that it should have."""

from pydantic import ValidationError


def first_fault(error: ValidationError) -> str:
    """What is wrong first, and where, without the value: it may be of the patient."""
    first = error.errors(include_url=False, include_input=False)[0]
    return ": ".join([".".join(str(part) for part in first["loc"]) or "the whole", first["msg"]])
