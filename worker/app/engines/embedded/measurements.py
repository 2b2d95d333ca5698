"""Measurements, sizes and dates, told by their numbers."""

import re
from collections.abc import Iterator

NUMBER = r"\d+(?:[.,]\d+)?"
_TOLD = r"(?:\s*(?:is|was|of|at|were|:|=|-|count|level|index|\(\w+\)))*\s*"
_VITALS = (
    (r"blood pressure|\bBP\b", r"\d{2,3}\s?/\s?\d{2,3}"),
    (r"pulse(?: rate)?|heart rate|\bHR\b", r"\d{2,3}\b(?!\s?[/%])"),
    (r"temperature|\btemp\b", r"\d{2,3}(?:\.\d)?\b"),
    (r"respirations|respiratory rate|\bRR\b", r"\d{1,2}\b"),
    (r"(?:oxygen |O2 )?sat(?:uration)?s?|\bSpO2\b|pulse oximetry", r"\d{2,3}\s?%"),
    (r"weight|\bweighs\b", NUMBER + r"\s?(?:pounds|lbs?\.?|kg|kilograms|g\b|grams)"),
    (r"height", NUMBER + r"\s?(?:cm|inches|feet)[^.,;]{0,12}"),
    (r"\bBMI\b|body mass index", NUMBER),
    (r"blood loss|\bEBL\b", r"(?:less than |about |approximately )?" + NUMBER + r"\s?(?:cc|ml|mL)"),
    (r"ejection fraction|\bLVEF\b|\bEF\b", NUMBER + r"\s?%?(?:\s?(?:to|-)\s?\d+\s?%)?"),
)
_LABORATORY = (
    r"WBC|white (?:blood )?(?:cell )?count|hemoglobin A1c|HbA1c|hemoglobin|hematocrit|platelets?|sodium|potassium"
    r"|chloride|bicarbonate|creatinine|BUN|glucose|blood sugar|calcium|albumin|bilirubin|AST|ALT|alkaline phosphatase"
    r"|troponin|INR|TSH|PSA|CRP|ESR|cholesterol|triglycerides|LDL|HDL|lactate|lipase|amylase|ferritin|D-dimer|BNP|Apgars?"
)
_UNIT = r"(?:\s?(?:%|m?g/dL|mmol/L|mEq/L|[np]g/mL|ng/dL|mcg/L|I?U/L|/\w+|K\b|thousand|million)(?!\w))?"
_NO_DOSE = r"(?!\s?(?:mg|mcg|units|tablets?)\b)"
MEASURED = re.compile(
    "|".join(
        [rf"(?:{words}){_TOLD}{value}" for words, value in _VITALS]
        + [rf"\b(?:{_LABORATORY})\b{_TOLD}{NUMBER}{_UNIT}{_NO_DOSE}"]
    ),
    re.IGNORECASE,
)
SIZE = re.compile(rf"\b{NUMBER}(?:\s?(?:x|by)\s?{NUMBER}){{0,2}}[ -]?(?:cm|mm|centimeters?|millimeters?)\b")
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY = r"\d{1,2}"
DATE = re.compile(
    rf"\b(?:{_DAY}/{_DAY}/\d{{2,4}}|\d{{4}}-\d\d-\d\d|{_MONTH}\.? {_DAY}(?:, \d{{4}})?|{_MONTH}\.? (?:of )?\d{{4}}"
    rf"|{_DAY} {_MONTH} \d{{4}})\b"
)
MEASUREMENT = "measurement"
_KINDS = ((MEASUREMENT, MEASURED), ("size", SIZE), ("date", DATE))


def measurements(text: str) -> Iterator[tuple[str, str, int]]:
    """Label, text and place in characters of each."""
    for label, pattern in _KINDS:
        for match in pattern.finditer(text):
            yield label, match[0], match.start()
