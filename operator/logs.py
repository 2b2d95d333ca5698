"""How the log is written: a line of text for people, or an object of JSON on a line, which tells the run as well."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

TEXT = "%(asctime)s %(levelname)-7s %(message)s"

_numbers = count(1)
_run: ContextVar[tuple[str, int] | None] = ContextVar("run", default=None)


@contextmanager
def run_of(pool: str) -> Iterator[None]:
    """Whatever is logged within belongs to one run of that pool, NAMESPACE/NAME."""
    token = _run.set((pool, next(_numbers)))
    try:
        yield
    finally:
        _run.reset(token)


def configure(level: str, style: str) -> None:
    """Log to standard error, as ``text`` or ``json``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(json_formatter() if style == "json" else logging.Formatter(TEXT))
    handler.addFilter(with_run)
    logging.basicConfig(level=level.upper(), handlers=[handler])


def json_formatter() -> logging.Formatter:
    """With ``time`` in UTC, and a line's ``extra`` fields, but for those by which Kopf's loggers talk to themselves."""
    return JsonFormatter(
        "%(levelname)s %(name)s %(message)s",
        rename_fields={"levelname": "level", "name": "logger", "k8s_ref": "object"},
        reserved_attrs=[*RESERVED_ATTRS, "settings", "k8s_skip"],
        timestamp="time",
    )


def with_run(record: logging.LogRecord) -> bool:
    """Add ``pool`` and ``run`` to a record of a run; a filter that lets all pass."""
    if (run := _run.get()) is not None:
        record.pool, record.run = run
    return True
