"""How a text is cut into the parts that are asked about one by one."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engines.parts import parts
from tests.unit.cases import load_cases

# One, two, three and four bytes of UTF-8, a mark that combines with what precedes it, and every place to cut at.
LETTERS = st.sampled_from(["a", "é", "€", "😀", "\u0301", " ", "\n", ".", ";", "\u2028", "\x00"])
TEXTS = st.text(LETTERS, max_size=300) | st.text(max_size=300)


@pytest.mark.parametrize("case", load_cases(__file__, "parts.yaml"))
def test_a_text_is_cut_at_the_best_place(case: dict[str, Any]) -> None:
    assert [part.text for part in parts(case["text"], case["most_bytes"])] == case["parts"]


@given(TEXTS, st.integers(4, 80))
def test_the_parts_are_the_text_but_for_those_of_nothing_but_blanks(text: str, most_bytes: int) -> None:
    read, left_out = 0, []
    for part in parts(text, most_bytes):
        left_out.append(text[read : part.start])
        assert text[part.start : part.start + len(part.text)] == part.text
        assert part.text.strip()
        read = part.start + len(part.text)
    assert not "".join([*left_out, text[read:]]).strip()


@given(TEXTS, st.integers(4, 80))
def test_no_part_is_larger_than_asked_for_and_no_character_is_cut(text: str, most_bytes: int) -> None:
    for part in parts(text, most_bytes):
        assert len(part.text.encode()) <= most_bytes


@given(TEXTS, st.integers(4, 80))
def test_a_part_is_cut_no_smaller_than_half_of_what_fits(text: str, most_bytes: int) -> None:
    found = parts(text, most_bytes)

    for part, following in pairwise(found):
        if following.start == part.start + len(part.text):
            assert len(part.text.encode()) * 8 >= most_bytes - 3  # characters of one byte may precede those of four
