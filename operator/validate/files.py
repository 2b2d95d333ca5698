"""The pools of a file, each checked for itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from revrx_operator.api import GROUP, KIND
from revrx_operator.api.rule import MISSING, Fault, Location
from revrx_operator.api.spec import PoolSpec
from revrx_operator.api.validation import InvalidSpec, parse_pool
from revrx_operator.model import PoolKey
from revrx_operator.validate.documents import Document, read_documents
from revrx_operator.validate.findings import Finding, Level

LISTS = frozenset({"List", f"{KIND}List"})


@dataclass(frozen=True, slots=True)
class FoundPool:
    """A pool, and where it stands."""

    file: str
    document: Document
    location: Location
    """Within the document; empty unless it is an entry of a List."""
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name, as far as it has one."""
        metadata = self.manifest.get("metadata")
        return str(metadata.get("name") or "") if isinstance(metadata, Mapping) else ""

    @property
    def key(self) -> PoolKey:
        """Its namespace, empty where the file leaves that to kubectl, and its name. Only of one without errors."""
        return PoolKey(self.manifest["metadata"].get("namespace") or "", self.name)

    @property
    def place(self) -> str:
        """``FILE:LINE`` of its beginning."""
        return f"{self.file}:{self.document.line_of(self.location)}"

    def finding(self, level: Level, fault: Fault) -> Finding:
        """The fault with its line; the fields of a List's entry are told as if it stood alone."""
        line = self.document.line_of((*self.location, *fault.location))
        return Finding(self.file, line, level, fault.message, self.name, fault.field)


@dataclass(frozen=True, slots=True)
class CheckedPool:
    """A pool and what was found."""

    found: FoundPool
    spec: PoolSpec | None
    """None where it has errors."""
    findings: tuple[Finding, ...] = ()


def check_file(file: str, text: str) -> Iterator[CheckedPool | Finding]:
    """Each pool of a file, and what is to be told of the rest. Raises NotYaml."""
    for document in read_documents(text):
        for found in _objects(file, document, document.value, ()):
            yield _checked(found) if isinstance(found, FoundPool) else found


def manifests(text: str) -> list[Mapping[str, Any]]:
    """The pools of a file as they are written. Raises NotYaml."""
    found = (entry for document in read_documents(text) for entry in _objects("", document, document.value, ()))
    return [entry.manifest for entry in found if isinstance(entry, FoundPool)]


def _objects(file: str, document: Document, value: Any, location: Location) -> Iterator[FoundPool | Finding]:
    line = document.line_of(location)
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if not isinstance(kind, str):
        yield Finding(file, line, Level.NOTE, "this is no Kubernetes object, for it has no kind; it was passed over")
    elif kind in LISTS and isinstance(value.get("items"), list):
        for index, item in enumerate(value["items"]):
            yield from _objects(file, document, item, (*location, "items", index))
    elif kind == KIND and str(value.get("apiVersion", "")).partition("/")[0] in {GROUP, ""}:
        yield FoundPool(file, document, location, value)
    else:
        yield Finding(file, line, Level.NOTE, f"a {kind} is no {KIND}; it was passed over")


def _checked(found: FoundPool) -> CheckedPool:
    twins = _own_twins(found)
    try:
        spec, faults = parse_pool(found.manifest), twins
    except InvalidSpec as error:
        spec, faults = None, [*twins, *error.faults]
    if "apiVersion" not in found.manifest:
        faults = [Fault(("apiVersion",), MISSING), *faults]
    findings = tuple(sorted((found.finding(Level.ERROR, fault) for fault in faults), key=lambda told: told.line))
    return CheckedPool(found, None if findings else spec, findings)


def _own_twins(found: FoundPool) -> list[Fault]:
    """Keys that are twice in this pool, not in another entry of a List."""
    depth = len(found.location)
    return [
        Fault(fault.location[depth:], fault.message)
        for fault in found.document.faults
        if fault.location[:depth] == found.location
    ]
