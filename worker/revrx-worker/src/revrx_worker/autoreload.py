"""`celery worker --autoreload`: start the worker anew when its code changes. For development.

Celery dropped the option in 4.0. Here a change begins a warm shutdown, so tasks that run come to their end; then the
process runs its own command line anew (exec), under the same process ID and in the same terminal.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from celery import Celery, bootsteps
from celery.utils.log import get_logger

MISSING = "--autoreload needs watchfiles; call: pip install 'revrx-worker[autoreload]'"

TURN_MILLISECONDS = 500

logger = get_logger(__name__)


def connect(app: Celery) -> None:
    """Give the workers of this app the option."""
    option = click.Option(
        ("--autoreload",), is_flag=True, help="Start anew when a Python file below this folder changes (development)."
    )
    app.user_options["worker"].add(option)
    app.steps["worker"].add(AutoReload)


class AutoReload(bootsteps.StartStopStep):
    """Worker step: watches the folder that the worker was started in."""

    def __init__(self, worker: Any, autoreload: bool = False, **_: Any) -> None:  # noqa: ARG002 - Celery's signature
        self.enabled = autoreload
        self._over = threading.Event()
        if autoreload and find_spec("watchfiles") is None:
            raise SystemExit(MISSING)

    def start(self, worker: Any) -> None:  # noqa: ARG002 - Celery's signature
        """Watch from a thread of its own."""
        from watchfiles import PythonFilter, watch  # noqa: PLC0415 - installed for development only

        changes = watch(
            Path.cwd(),
            watch_filter=PythonFilter(),
            stop_event=self._over,
            rust_timeout=TURN_MILLISECONDS,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        threading.Thread(target=self._follow, args=[changes], name="revrx-autoreload", daemon=True).start()

    def stop(self, worker: Any) -> None:  # noqa: ARG002 - Celery's signature
        """The worker ends."""
        self._over.set()

    def _follow(self, changes: Iterable[Iterable[tuple[Any, str]]]) -> None:
        told = False
        for batch in changes:
            if not told:  # only now is anything watched
                logger.info("watching the Python files below %s", Path.cwd())
                told = True
            files = sorted({Path(name) for _, name in batch})
            if files and all(map(_compiles, files)):
                logger.warning("%s changed: starting anew when the running tasks are done", _names(files))
                atexit.register(os.execv, sys.executable, [sys.executable, *sys.orig_argv[1:]])
                os.kill(os.getpid(), signal.SIGTERM)
                return


def _compiles(file: Path) -> bool:
    """Whether it can be imported, as far as can be seen from outside; a file that was deleted can."""
    try:
        compile(file.read_bytes(), file, "exec")
    except FileNotFoundError:
        return True
    except (SyntaxError, ValueError) as error:
        logger.warning("not starting anew: %s", error)
        return False
    return True


def _names(files: Iterable[Path]) -> str:
    return ", ".join(str(file.relative_to(Path.cwd())) for file in files)
