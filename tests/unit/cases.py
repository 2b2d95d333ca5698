"""Cases in YAML beside a test: each has a name that is a sentence, what is given and what comes of it."""

from pathlib import Path
from typing import Any

import pytest
import yaml


def load_cases(test_file: str, name: str) -> list[Any]:
    """Parameters for ``pytest.mark.parametrize`` from a YAML file beside the test."""
    cases = yaml.safe_load(Path(test_file).with_name(name).read_text())
    return [pytest.param(case, id=case["name"]) for case in cases]
