"""Settings of the tests' own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.settings import Settings, settings


@contextmanager
def no_settings(**env: str) -> Iterator[None]:
    """This process has the settings given and no others from its caller."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() & {field.upper() for field in Settings.model_fields}:
            patch.delenv(name)
        for name, value in env.items():
            patch.setenv(name, value)
        settings.cache_clear()
        yield
    settings.cache_clear()
