"""A process whose engine asks the local server instead of a paid API."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app import engines
from app.limit import limit_of
from app.settings import settings
from tests.fixtures.paid_api import Fault, HalfBody, Hangs, PaidApi, Refuses, Resets, Says, Unfit

QUICK = {"OPENAI_TIMEOUT_SECONDS": "4", "COMPREHEND_TIMEOUT_SECONDS": "4"}
PRICES = {"OPENAI_INPUT_PRICE": "0.25", "OPENAI_OUTPUT_PRICE": "2", "COMPREHEND_UNIT_PRICE": "0.0001"}
FILLING = "she rested, " * 1_700


@contextmanager
def paid_engine(engine: str, api: PaidApi, **env: str) -> Iterator[None]:
    """This process has that engine, besides the settings that it has already."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (api.env | QUICK | PRICES | {"REPORT_ENGINE": engine} | env).items():
            patch.setenv(name, value)
        _forget()
        yield
    _forget()


def _forget() -> None:
    """What this process has made by settings that hold no longer."""
    if engines.load.cache_info().currsize:
        _close(engines.load())
    settings.cache_clear()
    engines.load.cache_clear()
    limit_of.cache_clear()


def _close(engine: object) -> None:
    client: Any = getattr(engine, "_client", None)
    if client:  # the embedded engine has none
        client.close()


def text_of(*names: str) -> str:
    """A text that OpenAI's engine cuts into one part for each name, which begins with it."""
    return "\n\n".join(f"{name} was here, {FILLING}" for name in names)


def fault_of(given: dict[str, Any]) -> Fault:
    """The fault that a case describes."""
    if "refuses" in given:
        return Refuses(given["refuses"], given.get("code", ""), given.get("retry_after"))
    if "says" in given:
        return Says(given["says"], given.get("status", 200), given.get("kind", "application/json"))
    faults: dict[str, Fault] = {"unfit": Unfit(), "half_body": HalfBody(), "resets": Resets(), "hangs": Hangs()}
    return faults[next(iter(given))]
