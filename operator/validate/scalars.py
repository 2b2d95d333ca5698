"""What kubectl takes a plain YAML scalar for: YAML 1.1 as sigs.k8s.io/yaml reads it (kubectl 1.37).

PyYAML differs: to it ``y`` and ``1e3`` are text, ``1:30`` is 90, and a date is a date.
"""

import re
from typing import Final

BOOLEANS: Final = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
OCTAL: Final = re.compile("([-+]?)0o?([0-7]+)")
INTEGER: Final = re.compile("[-+]?([0-9]+|0x[0-9A-Fa-f]+|0b[01]+)")
MOST_DIGITS: Final = 40
"""Go has integers of 64 bits; what is longer is a number with a point to it, or text."""
NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def scalar(text: str) -> str | int | float | bool | None:
    """The value of a scalar without quotes."""
    if text in NULLS:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    digits = text.replace("_", "")
    if (octal := OCTAL.fullmatch(digits)) and len(digits) <= MOST_DIGITS:
        return int(octal[1] + octal[2], 8)
    if INTEGER.fullmatch(digits) and len(digits) <= MOST_DIGITS:
        return int(digits, 10 if digits.lstrip("+-").isdecimal() else 0)
    if NUMBER.fullmatch(digits) and (number := float(digits)) not in {float("inf"), float("-inf")}:
        return number
    return text
