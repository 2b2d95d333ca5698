from typing import Any

import pytest

from revrx_operator.api.rule import Location
from revrx_operator.validate.documents import Document, NotYaml, read_documents

TEXT = """\
# first
a:
  - b: 1
    c: {d: 2,
        e: 3}

  - [f,
     g]
---
h: 4
"""


def read_one(text: str) -> Document:
    (document,) = read_documents(text)
    return document


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("a",), 2),
        (("a", 0, "b"), 3),
        (("a", 0, "c", "e"), 5),
        (("a", 1, 1), 8),
        (("a", 0, "nothing", "here"), 3),
        (("a", 7), 2),
        (("nothing",), 2),
    ],
)
def test_a_value_has_the_line_of_its_key_and_a_missing_one_that_of_what_is_around_it(
    location: Location, line: int
) -> None:
    first, second = read_documents(TEXT)

    assert first.line_of(location) == line
    assert second.line_of(("h",)) == 10


def test_empty_documents_are_none() -> None:
    assert [document.value for document in read_documents("---\n---\n# nothing\n---\na: 1\n---\n")] == [{"a": 1}]


def test_other_line_breaks_of_unicode_are_no_lines_to_an_editor() -> None:
    assert read_one('a: "b\u2028c\u0085d"\ne: f\n').line_of(("e",)) == 2


def test_a_key_that_is_there_twice_is_told_with_both_lines() -> None:
    document = read_one("a:\n  b: 1\n  c: 2\n  b: 3\n")

    assert document.value == {"a": {"b": 3, "c": 2}}
    (fault,) = document.faults
    assert str(fault) == "a.b: is there twice, first in line 2; remove one of the two"


def test_a_merge_key_fills_in_what_is_not_there_and_doubles_nothing() -> None:
    document = read_one("base: &base {b: 1, c: 2}\nall:\n  <<: *base\n  c: 3\n")

    assert document.value["all"] == {"b": 1, "c": 3}
    assert not document.faults
    assert document.line_of(("all", "c")) == 4


# kubectl 1.37 `create --dry-run=client -o json` was asked for each of these.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True), ("yes", True), ("on", True), ("n", False), ("off", False), ("TRUE", True), ("tRue", "tRue"),
        ("1e3", 1000.0), ("1E3", 1000.0), ("1_000", 1000), ("0o17", 15), ("010", 8), ("0x1F", 31), ("0b11", 3),
        ("08", 8), ("+1", 1), ("1.", 1.0), (".5", 0.5), ("-.5", -0.5), ("1.5e+3", 1500.0), ("1e400", "1e400"),
        ("1:30", "1:30"), ("2024-01-01", "2024-01-01"), ("~", None), ("Null", None), ("=", "="), ("0x", "0x"),
        ('"1"', "1"), ("'yes'", "yes"), ("!!str 12", "12"), ("!foo x", "x"),
        ("9" * 5000, "9" * 5000), ("7" * 100, float("7" * 100)),
    ],
)  # fmt: skip
def test_a_scalar_is_what_kubectl_takes_it_for(text: str, value: Any) -> None:
    found = read_one(f"a: {text}").value["a"]

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("key", "name"), [("1", "1"), ("true", "true"), ("1.5", "1.5"), ("on", "true")])
def test_a_key_is_text_whatever_it_looks_like(key: str, name: str) -> None:
    assert read_one(f"{key}: x").value == {name: "x"}


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "flow sequence"),
        ("a: 1\n b: 2\n", 2, "mapping values"),
        ("a: b\n\tc: d\n", 2, "cannot start any token"),
        ("a: *nobody\n", 1, "undefined alias"),
        ("a: 1\nb: \x01\n", 2, "special characters are not allowed"),
        ("a: &a [*a]\n", 1, "an alias stands within what it stands for"),
        ("a: 1\n[b]: 2\n", 2, "a key has to be text"),
        ("a: 1\n~: 2\n", 2, "a key has to be text"),
        ("a: {<<: 1}\n", 1, "expected a mapping"),
        ("[" * 5000, 1, "too deep"),
    ],
)
def test_what_is_no_yaml_is_told_by_its_line(text: str, line: int, told: str) -> None:
    with pytest.raises(NotYaml, match=told) as refusal:
        list(read_documents(text))
    assert refusal.value.line == line
