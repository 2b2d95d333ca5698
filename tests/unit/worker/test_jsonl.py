from typing import Any

import pytest

from app.cli.jsonl import BadLine, GoodLine, read_lines
from tests.unit.cases import load_cases


@pytest.mark.parametrize("case", load_cases(__file__, "jsonl.yaml"))
def test_a_line_is_an_encounter_or_is_named_with_its_reason(case: dict[str, Any]) -> None:
    read = list(read_lines(line.encode("latin-1") + b"\n" for line in case["lines"]))

    assert [line.number for line in read if isinstance(line, GoodLine)] == case.get("good", [])
    assert [{line.number: line.reason} for line in read if isinstance(line, BadLine)] == case.get("bad", [])


def test_a_text_that_is_not_utf8_is_kept_as_it_came() -> None:
    (line,) = read_lines([b'{"id": "a", "title": "t", "text": "caf\xe9"}'])

    assert isinstance(line, GoodLine)
    assert line.encounter.text == b"caf\xe9"


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    (line,) = read_lines([b'\xef\xbb\xbf{"id": "a", "title": "t", "text": "x"}'])

    assert isinstance(line, GoodLine)
