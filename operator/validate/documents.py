"""YAML as kubectl reads it, with the line of everything in it."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from revrx_operator.api.rule import Fault, Location
from revrx_operator.validate.scalars import scalar

PLAIN: Final = "plain"
TYPED: Final = frozenset({PLAIN, *(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))})


class NotYaml(ValueError):
    """The text is no YAML from here on."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Document:
    """One document of a file."""

    line: int
    value: Any = None
    lines: dict[Location, int] = field(default_factory=dict)
    """Where each field and each entry begins."""
    faults: list[Fault] = field(default_factory=list)
    """Keys that are there twice, of which kubectl takes the last without a word."""

    def line_of(self, location: Location) -> int:
        """The line of a value, or of the innermost one around it that is there."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, self.line)


class _Loader(yaml.SafeLoader):
    """Leaves what a scalar without quotes means to us."""

    yaml_implicit_resolvers: dict[str | None, list[Any]] = {}  # noqa: RUF012 - PyYAML's own way


_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("^<<$"), ["<"])
_Loader.add_implicit_resolver(PLAIN, re.compile(""), None)


def read_documents(text: str) -> Iterator[Document]:
    """The documents of a file that hold anything. Raises NotYaml when it comes to what is none."""
    line_at = _line_counter(text)
    try:
        loader = _Loader(text)
        while loader.check_node():
            if (document := _document(loader, line_at)).value is not None:
                yield document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = ", ".join(part for part in (error.context, error.problem) if part)
        raise NotYaml(line_at(mark.index) if mark else 1, told) from None
    except yaml.reader.ReaderError as error:
        raise NotYaml(line_at(error.position), f"{error.reason}: U+{error.character:04X}") from None
    except RecursionError:
        raise NotYaml(1, "lists and maps lie too deep within one another") from None


def _line_counter(text: str) -> Callable[[int], int]:
    """The line of a character, as editors count. To PyYAML a line also ends at U+0085, U+2028 and U+2029."""
    ends = [index for index, character in enumerate(text) if character == "\n"]
    return lambda index: bisect_left(ends, index) + 1


def _document(loader: _Loader, line_at: Callable[[int], int]) -> Document:
    node = loader.get_node()
    assert node is not None  # noqa: S101 - check_node says so
    document = Document(line_at(node.start_mark.index))
    document.value = _Builder(loader, document, line_at).build(node, ())
    return document


@dataclass
class _Builder:
    """Makes a value of a node, and notes what is where."""

    loader: _Loader
    document: Document
    line_at: Callable[[int], int]
    within: list[yaml.Node] = field(default_factory=list)

    def build(self, node: yaml.Node, location: Location) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return scalar(node.value) if node.tag in TYPED else node.value
        if any(node is outer for outer in self.within):
            raise NotYaml(self._line(node), "an alias stands within what it stands for")
        self.within.append(node)
        value = self._mapping(node, location) if isinstance(node, yaml.MappingNode) else self._list(node, location)
        self.within.pop()
        return value

    def _list(self, node: yaml.Node, location: Location) -> list[Any]:
        values = []
        for index, item in enumerate(node.value):
            self.document.lines[(*location, index)] = self._line(item)
            values.append(self.build(item, (*location, index)))
        return values

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        self._note_twins(node, location)
        self.loader.flatten_mapping(node)
        values = {}
        for key, item in node.value:
            name = self._name(key)
            self.document.lines[(*location, name)] = self._line(key)
            values[name] = self.build(item, (*location, name))
        return values

    def _note_twins(self, node: yaml.MappingNode, location: Location) -> None:
        """Before merge keys are filled in: what they bring may be there again."""
        first: dict[str, int] = {}
        for key, _ in node.value:
            name, line = self._name(key), self._line(key)
            if name in first:
                sentence = f"is there twice, first in line {first[name]}; remove one of the two"
                self.document.faults.append(Fault((*location, name), sentence))
            first.setdefault(name, line)

    def _name(self, key: yaml.Node) -> str:
        """A key as JSON has it."""
        if not isinstance(key, yaml.ScalarNode) or (key.tag in TYPED and scalar(key.value) is None):
            raise NotYaml(self._line(key), "a key has to be text")
        value = scalar(key.value) if key.tag in TYPED else key.value
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _line(self, node: yaml.Node) -> int:
        return self.line_at(node.start_mark.index)
