"""What PostgreSQL refuses is stood in for, and all else stays as it is."""

import json

from hypothesis import given
from hypothesis import strategies as st

from app.storable import storable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_each_stand_in_takes_one_place() -> None:
    told = {"text": "a\x00b", "found": ["\ud83d!", {"percent": 3, "none": None}], "pair": ("x", "\x00")}

    assert storable(told) == {"text": "a b", "found": ["?!", {"percent": 3, "none": None}], "pair": ["x", " "]}


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_a_text_that_can_be_stored_stays_as_it_is(text: str) -> None:
    assert storable(text) == text


@given(st.text(st.characters()))
def test_every_text_can_be_stored_and_keeps_its_length(text: str) -> None:
    assert len(storable(text)) == len(text)
    assert b"\x00" not in storable(text).encode()


@given(VALUES)
def test_json_stays_json_of_the_same_form(value: object) -> None:
    assert len(json.dumps(storable(value))) <= len(json.dumps(value))
